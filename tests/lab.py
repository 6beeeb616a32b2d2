"A browser for tests, and JupyterLab in it: a server of its own, on loopback, with settings of its own."

import re
import shutil
import subprocess
import sys
import threading
from contextlib import contextmanager

import pytest


def playwright():
    "Starts Playwright; the test is skipped where it or the browser is missing."
    api = pytest.importorskip('playwright.sync_api')
    if not shutil.which('chromium'):
        pytest.skip('no Chromium here: make browser')
    return api.sync_playwright()


@contextmanager
def chromium():
    "The browser; closed also when a test fails, for its server waits for open pages."
    with playwright() as p:
        browser = p.chromium.launch(executable_path=shutil.which('chromium'), args=['--no-sandbox'])
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def jupyterlab(root, env):
    "JupyterLab on a folder; yields what makes the address of a notebook in it."
    own = root.parent / 'jupyter'
    names = 'CONFIG_DIR', 'DATA_DIR', 'RUNTIME_DIR'
    env = env | {f'JUPYTER_{name}': str(own / name) for name in names} | {'IPYTHONDIR': str(own / 'ipython')}
    settings = own / 'CONFIG_DIR' / 'lab' / 'user-settings' / '@jupyterlab' / 'notebook-extension'
    settings.mkdir(parents=True, exist_ok=True)
    (settings / 'tracker.jupyterlab-settings').write_text('{"windowingMode": "none"}')  # all cells are drawn
    options = [
        '--no-browser',
        '--allow-root',
        '--ip=127.0.0.1',
        '--port=0',
        '--ServerApp.root_dir=.',
        '--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate',
        '--LabApp.news_url=None',
        '--LabApp.expose_app_in_browser=True',
    ]
    server = subprocess.Popen(
        [sys.executable, '-m', 'jupyterlab', *options], cwd=root, env=env, stderr=subprocess.PIPE, text=True
    )
    try:
        found = (re.search(r'(http://127\.0\.0\.1:\d+)/lab\?(token=\w+)', line) for line in server.stderr)
        address = next(filter(None, found))
        threading.Thread(target=server.stderr.read, daemon=True).start()
        yield lambda path: f'{address[1]}/lab/tree/{path}?{address[2]}&reset'
    finally:
        server.terminate()
        server.wait(60)
