"The rules of the house: floors, light imports, what a chapter has to have, fresh outputs that notice a change."
import ast
import os
import re
import subprocess
import sys
import shutil

import nbformat
import pytest
from conftest import ROOT

BOOKS = sorted((ROOT/'nbs').glob('*.ipynb'))
ROOMS = {'ground': ''} | {f'bench{room}': f'roof {i}' for i, room in enumerate(('_tools', '_generate', '_data', '_train', '_lora', ''))}
FLOOR = {re.sub(r'^\d+[a-z]?_', '', p.stem): p.stem.split('_')[0] if p.stem[:2].isdigit() else ROOMS[p.stem]
         for p in BOOKS}                                       # '06' < '06b' < '07' < 'roof 0' < 'roof 1'


def imports(path):
    "Modules of the library that a module imports, anywhere in it."
    for node in ast.walk(ast.parse(path.read_text(encoding='utf-8'))):
        if isinstance(node, ast.ImportFrom) and (node.level or (node.module or '').startswith('llm_book')):
            yield from [node.module.split('.')[-1]] if node.module not in (None, 'llm_book') else [a.name for a in node.names]


@pytest.mark.parametrize('module', FLOOR)
def test_imports_only_go_down(module):
    above = [m for m in imports(ROOT/'llm_book'/f'{module}.py') if FLOOR[m] >= FLOOR[module]]
    assert not above, f'{module} (floor {FLOOR[module]}) imports {above}'


def test_every_module_is_generated():
    modules = {p.stem for p in (ROOT/'llm_book').glob('*.py') if not p.name.startswith('_')}
    assert modules == FLOOR.keys()


@pytest.mark.parametrize('module,heavy', [('llm_book', 'torch numpy matplotlib transformers gradio'),
                                          ('llm_book.ground', 'torch numpy'), ('llm_book.tales', 'torch numpy'),
                                          ('llm_book.pretrain', 'matplotlib transformers gradio IPython')])
def test_imports_are_light(module, heavy):
    code = f'import sys, {module}; print(*(set({heavy.split()}) & sys.modules.keys()))'
    assert subprocess.run([sys.executable, '-c', code], capture_output=True, text=True, check=True).stdout.strip() == ''


@pytest.mark.parametrize('path', BOOKS, ids=lambda p: p.stem)
def test_chapter_has_its_parts(path):
    cells = nbformat.read(path, as_version=4).cells
    ids = [c.id for c in cells]
    assert all(re.fullmatch(r'[a-z][\w-]*', i) and not re.fullmatch(r'[0-9a-f]{8}(-.*)?', i) for i in ids), ids
    assert cells[0].source.startswith('# ') and '\n> ' in cells[0].source, 'no title with a one-line summary'
    long = [c.id for c in cells if c.cell_type == 'code' and '#| export' not in c.source and c.source.count('\n') >= 24]
    assert not long, f'cells too long to read: {long}'
    if path.stem[:2].isdigit():
        assert any('widgets.' in c.source or 'interact' in c.source for c in cells if c.cell_type == 'code'), 'no widget'
        assert sum(bool(re.fullmatch(r'ex\d+', i)) for i in ids) >= 3, 'fewer than three exercises'
        assert any('image/png' in str(o.get('data', {}).keys()) for c in cells for o in c.get('outputs', [])), 'no picture'


@pytest.fixture
def book(tmp_path):
    "A tiny project with one chapter, its outputs fresh."
    (tmp_path/'nbs').mkdir()
    (tmp_path/'lib').mkdir()
    (tmp_path/'lib'/'low.py').write_text('"doc"\ndef f(): return 1  # one\n')
    shutil.copy(ROOT/'settings.ini', tmp_path)
    text = (tmp_path/'settings.ini').read_text().replace('= llm_book', '= lib')
    (tmp_path/'settings.ini').write_text(text)
    env = os.environ | {'PYTHONPATH': str(tmp_path)}

    def nb(*args, stdin=None):
        return subprocess.run([sys.executable, ROOT/'tools'/'nb.py', *args], cwd=tmp_path, env=env, input=stdin,
                              capture_output=True, text=True)
    cells = '# %% #a\nfrom lib.low import f\nprint(f())\n\n# %% #b\n#| slow\nslow_made = 2\n\n# %% #c\n#| live\nprint("now")\n'
    assert nb('apply', 'nbs/one.ipynb', stdin=cells).returncode == 0
    assert (done := nb('run', '--flags', 'slow', 'nbs/one.ipynb')).returncode == 0, done.stderr
    assert (done := nb('check', 'nbs/one.ipynb')).returncode == 0, done.stdout
    return tmp_path, nb, cells


def test_stale_outputs_are_noticed(book):
    root, nb, cells = book
    low = root/'lib'/'low.py'
    low.write_text('"other doc"\ndef f(): return 1\n')                    # comments and docstrings change no output
    assert nb('check', 'nbs/one.ipynb').returncode == 0
    low.write_text('def f(): return 3\n')                                 # the library under the chapter changed
    assert 'its plain cells are stale' in (out := nb('check', 'nbs/one.ipynb').stdout) and 'its slow cells are stale' in out
    low.write_text('def f(): return 1\n')
    nb('apply', 'nbs/one.ipynb', stdin=cells.replace('slow_made = 2', 'slow_made = 4'))
    assert 'slow cells are stale' in (out := nb('check', 'nbs/one.ipynb').stdout) and 'plain cells' not in out


def test_dirty_outputs_are_noticed(book):
    root, nb, cells = book
    bad = cells + '\n# %% #d\nprint("/" + "tmp/x.txt", 1/3, "User" + "Warning")\n\n# %% #e\nslow_made\n'
    nb('apply', 'nbs/one.ipynb', stdin=bad.replace('#| slow\n', ''))
    assert nb('run', 'nbs/one.ipynb').returncode == 0
    out = nb('check', 'nbs/one.ipynb').stdout
    assert all(what in out for what in ('a path of this machine', 'more than six decimals', 'a warning')), out
    nb('apply', 'nbs/one.ipynb', stdin=bad)
    assert "'slow_made' is made in a flagged cell and used in an unflagged one" in nb('check', 'nbs/one.ipynb').stdout
    nb('apply', 'nbs/one.ipynb', stdin=cells + '\n# %% #e\ndef own():\n    slow_made = 1\n    return slow_made\n')
    assert 'is made in a flagged cell' not in nb('check', 'nbs/one.ipynb').stdout         # a variable of the function
    nb('apply', 'nbs/one.ipynb', stdin=cells + '\n# %% #e\ndef lent(): return [slow_made for _ in range(2)]\n')
    assert "'slow_made' is made in a flagged cell" in nb('check', 'nbs/one.ipynb').stdout


def test_show_and_apply_are_inverse(book):
    _, nb, cells = book
    shown = nb('show', 'nbs/one.ipynb').stdout
    assert nb('apply', 'nbs/one.ipynb', stdin=shown).returncode == 0
    assert nb('show', 'nbs/one.ipynb').stdout == shown and nb('check', 'nbs/one.ipynb').returncode == 0


def test_readmes_show_what_the_chapters_computed():
    done = subprocess.run([sys.executable, 'tools/readme.py', '--check'], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_the_readme_names_every_chapter():
    for name in ('README.md', 'README.zh.md', 'docs/api.md'):
        text = (ROOT/name).read_text(encoding='utf-8')
        missing = [p.stem for p in BOOKS if p.name not in text and f'llm_book.{re.sub("^[0-9]+[a-z]?_", "", p.stem)}' not in text]
        assert not missing, f'{name} does not name {missing}'


def test_the_website_builds(tmp_path):
    done = subprocess.run([sys.executable, '-m', 'sphinx', '-q', '-W', '--keep-going', 'docs', tmp_path/'site'], cwd=ROOT,
                          capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    page = (tmp_path/'site'/'chapters'/'01_attention.html').read_text(encoding='utf-8')
    assert 'causal_mask' in page and '#| export' not in page and '<img' in page
    assert 'MultiHeadAttention' in (tmp_path/'site'/'api.html').read_text(encoding='utf-8')
