"The rules of the project: import order, light imports, what a chapter must have, stale outputs noticed."

import ast
import re
import subprocess
import sys

import nbformat
import pytest
from conftest import ROOT

sys.path.insert(0, str(ROOT / 'tools'))
from contents import literal, modules, notebooks, reading_hours  # noqa: E402

BOOKS = sorted(p for p in (ROOT / 'nbs').rglob('*.ipynb') if '.ipynb_checkpoints' not in p.parts)
ROAD = [p for p in BOOKS if p.parent != ROOT / 'nbs' and 'library' not in p.parts]
ORDER = modules()
UNREAD = re.compile(
    r'contents|packages|test-imports|witness-.*|ex\d+-(check|picture)'
)  # tables, imports, checkers


def path_of(module):
    return ROOT / 'llm_book' / f"{module.replace('.', '/')}.py"


def imports(module):
    "Modules of the library that a module imports, anywhere in it."
    here = ['llm_book', *module.split('.')]
    for node in ast.walk(ast.parse(path_of(module).read_text(encoding='utf-8'))):
        if isinstance(node, ast.Import):
            found = [a.name for a in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = (
                '.'.join([*here[: -node.level], *filter(None, [node.module])])
                if node.level
                else node.module or ''
            )
            found = [base, *(f'{base}.{a.name}' for a in node.names)]
        else:
            continue
        yield from (
            m
            for f in found
            if f.startswith('llm_book.') and path_of(m := f.removeprefix('llm_book.')).exists()
        )


@pytest.mark.parametrize('module', ORDER)
def test_imports_go_down(module):
    later = [m for m in imports(module) if m not in ORDER[: ORDER.index(module)]]
    assert not later, f'{module} imports {later}, which stand after it in nbs/index.ipynb'


def test_an_import_of_a_later_module_is_noticed(tmp_path, monkeypatch):
    text = (
        'def f():\n    from ..train import optim\n    from llm_book.infer.decoding import generate\n'
        '    import llm_book.tune.lora\n'
    )
    (tmp_path / 'llm_book' / 'model').mkdir(parents=True)
    for m in ('model.toy', 'train.optim', 'infer.decoding', 'tune.lora'):
        (tmp_path / 'llm_book' / m.split('.')[0]).mkdir(exist_ok=True)
        (tmp_path / 'llm_book' / f"{m.replace('.', '/')}.py").write_text(text if m == 'model.toy' else '')
    monkeypatch.setitem(globals(), 'ROOT', tmp_path)
    assert sorted(set(imports('model.toy'))) == ['infer.decoding', 'train.optim', 'tune.lora']


def test_every_module_is_generated():
    found = {
        p.relative_to(ROOT / 'llm_book').with_suffix('').as_posix().replace('/', '.')
        for p in (ROOT / 'llm_book').rglob('*.py')
        if p.name != '__init__.py' and p.name != '_modidx.py'
    }
    assert found == set(ORDER) == {m for m in notebooks().values() if m}


def test_no_two_notebooks_export_one_module():
    exported = [m for m in notebooks().values() if m]
    assert len(exported) == len(set(exported)), sorted(m for m in exported if exported.count(m) > 1)


def test_the_contents_name_every_chapter():
    rows = [row for row in literal('CONTENTS') if 'chapter' in row]
    assert sorted(row['chapter'] for row in rows) == sorted(
        n for n in notebooks() if not n.startswith('library/')
    )
    seen, skipped = set(), {row['chapter'] for row in rows if row.get('skip')}
    for row in rows:
        assert set(row['needs']) <= seen, row
        assert row['chapter'] in skipped or not skipped & set(row['needs']), row
        assert row['minutes'] > 0 and row['about'] and row['zh']
        seen.add(row['chapter'])


def test_the_road_has_an_end():
    core, first, _ = reading_hours()
    assert core <= 16 and first <= 10


@pytest.mark.parametrize(
    'module,heavy',
    [
        ('llm_book', 'torch numpy matplotlib transformers gradio'),
        ('llm_book.collect_env', 'torch numpy'),
        ('llm_book.core.console', 'torch numpy matplotlib transformers gradio'),
        ('llm_book.world.questions', 'torch numpy'),
        ('llm_book.pretrain', 'matplotlib transformers gradio IPython'),
    ],
)
def test_imports_are_light(module, heavy):
    code = f'import sys, {module}; print(*(set({heavy.split()}) & sys.modules.keys()))'
    assert (
        subprocess.run(
            [sys.executable, '-c', code], capture_output=True, text=True, check=True
        ).stdout.strip()
        == ''
    )


@pytest.mark.parametrize('path', BOOKS, ids=lambda p: p.stem)
def test_chapter_has_its_parts(path):
    cells = nbformat.read(path, as_version=4).cells
    ids = [c.id for c in cells]
    assert all(re.fullmatch(r'[a-z][\w-]*', i) and not re.fullmatch(r'[0-9a-f]{8}(-.*)?', i) for i in ids), (
        ids
    )
    assert cells[0].source.startswith('# ') and '\n> ' in cells[0].source, 'no title with a one-line summary'
    long = [
        c.id
        for c in cells
        if c.cell_type == 'code'
        and '#| export' not in c.source
        and not UNREAD.fullmatch(c.id)
        and c.source.count('\n') >= 25
    ]
    assert not long, f'cells too long to read: {long}'
    if path in ROAD:
        assert any(
            'widgets.' in c.source or 'interact' in c.source for c in cells if c.cell_type == 'code'
        ), 'no widget'
        assert sum(bool(re.fullmatch(r'ex\d+', i)) for i in ids) >= 3, 'fewer than three exercises'
        assert any(
            'image/png' in str(o.get('data', {}).keys()) for c in cells for o in c.get('outputs', [])
        ), 'no picture'


@pytest.mark.parametrize('path', BOOKS, ids=lambda p: p.stem)
def test_links_lead_to_files(path):
    "JupyterLab and the website make different anchors, so a link to another notebook has none."
    cells = nbformat.read(path, as_version=4).cells
    text = '\n'.join(c.source for c in cells if c.cell_type == 'markdown')
    links = re.findall(r'\]\((?!https?:|#)([^)\s]+)\)', text)
    lost = [link for link in links if not (path.parent / link).exists()]
    assert not lost, f'links to nowhere: {lost}'


def sizes():
    "Lines of each module of the library, and of each function."
    for path in (ROOT / 'llm_book').rglob('*.py'):
        text, name = path.read_text(encoding='utf-8'), path.relative_to(ROOT / 'llm_book').as_posix()
        if path.name != '_modidx.py':
            yield name, 300, text.count('\n')
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                yield f'{name}:{node.name}', 30, node.end_lineno - node.lineno + 1


def test_modules_and_functions_fit_a_screen():
    long = {name: n for name, most, n in sizes() if n > most}
    assert not long, f'longer than 300 lines (module) or 30 (function): {long}'


def test_readmes_show_what_the_chapters_computed():
    done = subprocess.run(
        [sys.executable, 'tools/readme.py', '--check'], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.slow
def test_the_website_builds(tmp_path):
    done = subprocess.run(
        [sys.executable, '-m', 'sphinx', '-q', '-W', '--keep-going', 'docs', tmp_path / 'site'],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    page = (tmp_path / 'site' / 'chapters' / '2_model' / '1_attention.html').read_text(encoding='utf-8')
    assert 'tag_hide-input' in page  # solutions
    glossary = (tmp_path / 'site' / 'glossary.html').read_text(encoding='utf-8')
    assert '残差流' in glossary and '2_model/2_gpt.html' in glossary
    assert 'causal_mask' in page and '#| export' not in page and '<img' in page
    assert 'MultiHeadAttention' in (tmp_path / 'site' / 'api.html').read_text(encoding='utf-8')
