"The workflows call what exists: targets of the Makefile, tools, actions by their commit."

import os
import re
import shlex
import shutil
import subprocess
import sys

import pytest
import yaml
from conftest import ROOT

WORKFLOWS = sorted((ROOT / '.github' / 'workflows').glob('*.yml'))


def steps(path):
    jobs = yaml.safe_load(path.read_text())['jobs']
    return [step for job in jobs.values() for step in job['steps']]


@pytest.mark.parametrize('path', WORKFLOWS, ids=lambda p: p.stem)
def test_what_a_workflow_calls_exists(path):
    targets = re.findall(r'^([a-z-]+):', (ROOT / 'Makefile').read_text(), re.M)
    called = []
    for step in steps(path):
        if action := step.get('uses'):
            assert re.fullmatch(r'[\w-]+/[\w-]+@[0-9a-f]{40}', action), f'{action}: a tag can be moved'
        for line in step.get('run', '').splitlines():
            words = shlex.split(line.split('|')[0])
            if words[:1] == ['make']:
                assert words[1] in targets, line
            for word in words:
                if word.startswith(('tools/', '.ci/')):
                    assert (ROOT / word).exists(), line
            called += words
    assert {'make', '.ci/run'} & set(called), 'a workflow that calls nothing of the project'


def make_browser(folder, **programs):
    "`make browser` where only these programs are; its exit code, output and errors."
    for name, script in programs.items():
        (folder / name.replace('_', '-')).write_text(f'#!/bin/sh\n{script}\n')
        (folder / name.replace('_', '-')).chmod(0o755)
    command = [shutil.which('make'), '-s', '-f', ROOT / 'Makefile', f'VENV={folder}/none', 'browser']
    done = subprocess.run(command, cwd=folder, env={'PATH': str(folder)}, capture_output=True, text=True)
    return done.returncode, done.stdout, done.stderr


def test_make_browser(tmp_path):
    "A package where we are root, else one line that asks for it; nothing where there is one."
    code, out, err = make_browser(tmp_path, id='echo 1000', apt_get='echo "$@"')
    assert code and not out and 'sudo apt-get install chromium' in err.splitlines()[0]
    code, out, err = make_browser(tmp_path, id='echo 0')
    assert (code, err) == (0, '') and out.splitlines()[-1] == '-qy install --no-install-recommends chromium'
    assert make_browser(tmp_path, apt_get='exit 100')[0] != 0
    assert make_browser(tmp_path, chromium='') == (0, '', '')


SKIPS = """
import pytest
def test_package(): pytest.importorskip('no_such_package')
def test_browser(): pytest.skip('no Chromium here: make browser')
@pytest.mark.skipif(True, reason='no mirror: /x')
def test_mirror(): pass
@pytest.mark.skipif(True, reason='there is a GPU')
def test_machine(): pass
@pytest.mark.xfail(reason='could not import it')
def test_expected(): assert False
def test_whole(): pass
"""


@pytest.mark.parametrize(
    'env,outcome',
    [
        ({}, '1 passed, 5 skipped, 1 xfailed'),
        ({'CI': 'false', 'LLM_BOOK_MIRROR': '/x'}, '1 passed, 5 skipped, 1 xfailed'),
        ({'CI': 'true'}, '2 failed, 1 passed, 2 skipped, 1 xfailed, 1 error in'),
        ({'CI': 'true', 'LLM_BOOK_MIRROR': '/x'}, '2 failed, 1 passed, 1 skipped, 1 xfailed, 2 errors in'),
    ],
)
def test_nothing_is_skipped_in_silence(tmp_path, env, outcome):
    "A missing package, browser or mirror is a failure with CI=true, in a test and for a whole file."
    shutil.copy(ROOT / 'tests' / 'conftest.py', tmp_path)
    (tmp_path / 'test_skips.py').write_text(SKIPS)
    (tmp_path / 'test_file.py').write_text("import pytest\npytest.importorskip('no_such_package')\n")
    clean = {name: value for name, value in os.environ.items() if name not in ('CI', 'LLM_BOOK_MIRROR')}
    options = ['-q', '-p', 'no:cacheprovider', '--continue-on-collection-errors']
    command = [sys.executable, '-m', 'pytest', *options]
    done = subprocess.run([*command, tmp_path], cwd=tmp_path, env=clean | env, capture_output=True, text=True)
    assert done.stdout.splitlines()[-1].startswith(outcome), done.stdout
    assert (done.returncode == 0) == (env.get('CI') != 'true')
    assert env.get('CI') != 'true' or 'no Chromium here: make browser (CI=true' in done.stdout


def test_the_scheduled_refresh_has_the_history_that_a_witness_needs():
    refresh = next(p for p in WORKFLOWS if p.stem == 'refresh')
    (checkout,) = [s for s in steps(refresh) if 'checkout' in s.get('uses', '')]
    assert checkout['with']['fetch-depth'] == 0
    assert 'cron' in refresh.read_text()


@pytest.mark.parametrize('path', WORKFLOWS, ids=lambda p: p.stem)
def test_a_workflow_may_only_read(path):
    "A pull request's code runs in it: no token that can write, none left on the disk, no secrets."
    text = path.read_text()
    assert yaml.safe_load(text)['permissions'] == {'contents': 'read'}
    assert 'pull_request_target' not in text and 'secrets.' not in text
    for step in steps(path):
        if 'checkout' in step.get('uses', ''):
            assert step['with']['persist-credentials'] is False
        assert '${{' not in step.get('run', ''), 'what comes from outside is no shell code'
    for line in text.splitlines():
        assert 'uses:' not in line or re.search(r'@[0-9a-f]{40}  # v[\d.]+$', line), line
