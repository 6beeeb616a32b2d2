"A reader's hour in JupyterLab: the table of contents, First hour, a widget, a prediction, an exercise."

import json
import os
import subprocess
import sys

import pytest
from conftest import ROOT
from lab import chromium, jupyterlab

pytestmark = [pytest.mark.slow, pytest.mark.browser, pytest.mark.process]
CHAPTER = '1_start/1_first_hour'
WORDS = {  # what a reader is told, by language
    'en': {
        'link': 'First hour',
        'skeleton': 'returns nothing yet',
        'wrong': 'that is p',
        'hint': 'hint 1 of 2',
        'right': '✓ correct',
        'progress': 'exercises 1/5',
        'predicted': 'you predicted 1.0',
    },
    'zh': {
        'link': '第一个小时',
        'skeleton': '还没有返回',
        'wrong': '这是 p',
        'hint': '提示 1/2',
        'right': '✓ 正确',
        'progress': '练习 1/5',
        'predicted': '你的预测是',
    },
}
LIMIT_MS = 600_000  # of one command, on a loaded machine
COMMAND = """([name, limit]) => Promise.race([
    window.jupyterapp.commands.execute(name).then(() => 'done'),
    new Promise(resolve => setTimeout(resolve, limit, 'late')),
])"""
READY = """path => {
    const notebook = window.jupyterapp.shell.currentWidget;
    const kernel = notebook?.sessionContext?.session?.kernel;
    return notebook?.context?.path === path && notebook.sessionContext.isReady && kernel?.status === 'idle';
}"""  # before that, JupyterLab drops what it is told to run
LANGUAGES = ['en', *(['zh'] if (ROOT / 'nbs' / 'zh' / f'{CHAPTER}.yaml').exists() else [])]


@pytest.fixture(params=LANGUAGES)
def book(request, tmp_path):
    "The notebooks in one language, in a folder of their own."
    kind = 'student' if request.param == 'en' else request.param
    subprocess.run(
        [sys.executable, 'tools/copies.py', kind, str(tmp_path / 'book')], cwd=ROOT, check=True, timeout=300
    )
    return tmp_path / 'book', request.param


class Notebook:
    "The open notebook, its cells by their ids."

    def __init__(self, page, folder, name):
        self.page, path = page, folder / name
        self.ids = [cell['id'] for cell in json.loads(path.read_text(encoding='utf-8'))['cells']]
        self.panel = page.locator('.jp-NotebookPanel:not(.lm-mod-hidden)')
        self.panel.locator('.jp-Cell').nth(len(self.ids) - 1).wait_for()
        page.wait_for_function(READY, arg=name)

    def cell(self, name):
        return self.panel.locator('.jp-Cell').nth(self.ids.index(name))

    def command(self, name):
        "Do what a menu entry of JupyterLab does, and wait for its end, but not for ever."
        done = self.page.evaluate(COMMAND, [name, LIMIT_MS])
        assert done == 'done', f'{name} did not end: {self.panel.inner_text()[-2000:]}'

    def run(self, name, source=None):
        "Run a cell, with another source if one is given; what it shows."
        cell = self.cell(name)
        cell.scroll_into_view_if_needed()
        if source is not None:
            cell.locator('.cm-content').click()
            self.page.keyboard.press('Control+a')
            self.page.keyboard.insert_text(source)
        else:
            cell.locator('.jp-InputPrompt, .jp-Placeholder-contents').first.click()
        self.command('notebook:run-cell')
        output = cell.locator('.jp-OutputArea-output')
        return '\n'.join(output.all_inner_texts())


def solve(notebook, words):
    "Wrong, hinted, right, and in the record."
    checker, skeleton = 'ex1-check', 'def loss_among(V, k):\n    '
    notebook.run('ex1')  # where the copy holds the solution, it has run too
    assert words['skeleton'] in notebook.run(checker)
    notebook.run('ex1', skeleton + 'return 1 / k')
    assert words['wrong'] in notebook.run(checker)
    assert words['hint'] in notebook.run('ex1', "hint('ex1')")
    notebook.run('ex1', skeleton + 'return math.log(k)')
    assert words['right'] in notebook.run(checker)
    assert words['progress'] in notebook.run('ex1', 'progress()')


def test_a_reader_in_jupyterlab(book):
    folder, language = book
    words = WORDS[language]
    # pictures in the page, as for a reader
    env = {name: value for name, value in os.environ.items() if name != 'MPLBACKEND'}
    env['LLM_BOOK_READER'] = str(folder.parent / 'progress.json')
    with jupyterlab(folder, env) as lab, chromium() as browser:
        from playwright.sync_api import expect

        page = browser.new_page()
        page.set_default_timeout(LIMIT_MS)
        page.goto(lab('index.ipynb'))
        page.get_by_role('link', name=words['link']).first.click()
        notebook = Notebook(page, folder, f'{CHAPTER}.ipynb')
        prediction = notebook.cell('count')
        notebook.command('notebook:run-all-cells')
        text = notebook.panel.inner_text()
        assert 'Traceback' not in text and 'Warning' not in text

        picture = notebook.cell('rate-widget').locator('.jp-OutputArea-output img').last
        before = picture.get_attribute('src')
        slider = notebook.cell('rate-widget').get_by_role('slider').first
        slider.focus()
        slider.press('ArrowRight')
        expect(picture).not_to_have_attribute('src', before, timeout=LIMIT_MS)

        prediction.get_by_role('radio').nth(1).check()
        assert words['predicted'] in notebook.run('measure')
        solve(notebook, words)
