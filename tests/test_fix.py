"`make fix`, formatting, merges of notebooks, and what an install holds."

import ast
import json
import re
import shutil
import subprocess
import sys
import tarfile
import zipfile
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
import yaml
from conftest import ROOT
from lab import chromium, jupyterlab
from test_freshness import Project

NB = 'nbs/part/one.ipynb'
BOOK = '''# %% [markdown] #title
# One
> a notebook

# %% #module
#| default_exp low

# %% #double
#| export
def double(n):
    "Twice `n`."
    return 2 * n

# %% #shown
print(double(4))

# %% #slow-run
#| slow
print(double(5))
'''


@pytest.fixture(scope='module')
def made(tmp_path_factory):
    "A tiny project that is fresh, exported and committed."
    root = tmp_path_factory.mktemp('made')
    (root / 'nbs' / 'part').mkdir(parents=True)
    (root / '.gitignore').write_text('__pycache__\n.ipynb_checkpoints\n')
    (root / '.gitattributes').write_text((ROOT / '.gitattributes').read_text())
    (root / 'settings.ini').write_text((ROOT / 'settings.ini').read_text().replace('= llm_book', '= lib'))
    shutil.copy(ROOT / 'pyproject.toml', root)
    project = Project(root)
    project.git('init', '-q')
    assert project.nb('apply', NB, stdin=BOOK).returncode == 0
    project.git('add', '.')
    project.git('commit', '-qm', 'start')
    done = project.nb('fix')
    assert done.returncode == 1 and 'refresh --flags slow' in done.stdout, done.stdout + done.stderr
    project.book(BOOK, NB)
    project.git('add', '.')
    project.git('commit', '-qm', 'outputs')
    return root


@pytest.fixture
def project(made, tmp_path):
    shutil.copytree(made, tmp_path / 'p')
    return Project(tmp_path / 'p')


def raw(project, path=NB):
    return json.loads((project.root / path).read_text())


def edit_raw(project, change, path=NB):
    "Change the notebook's JSON and save it in other bytes than the tools would, as JupyterLab does."
    nb = raw(project, path)
    change(nb)
    (project.root / path).write_text(json.dumps(nb, indent=2) + '\n')


def cell(source, cid, **more):
    return {
        'cell_type': 'code',
        'execution_count': 7,
        'id': cid,
        'metadata': {'trusted': True},
        'outputs': [],
        'source': source.splitlines(True),
    } | more


def tree(project):
    "Every file of the project, caches and git's own aside."
    caches = {'.git', '.ruff_cache', '__pycache__'}
    files = (f for f in project.root.rglob('*') if f.is_file() and not caches & {*f.parts})
    return {str(f.relative_to(project.root)): f.read_bytes() for f in files}


def test_a_notebook_as_jupyterlab_leaves_it(project):
    added = [
        cell('# | export\ndef triple( n ):\n    return  3*n', 'a1b2c3d4-1111-2222-3333-444455556666'),
        cell('x = triple( 2 )\nx', '0a1b2c3d'),
    ]
    edit_raw(project, lambda nb: nb['cells'].extend(added))
    done = project.nb('fix')
    assert done.returncode == 0, done.stdout + done.stderr
    assert '2 cells got a readable id' in done.stdout and 'nothing is left to do' in done.stdout
    made = raw(project)['cells']
    assert [c['id'] for c in made[-2:]] == ['triple', 'x'] and made[-1]['metadata'] == {}
    assert ''.join(made[-2]['source']) == '#| export\ndef triple(n):\n    return 3 * n'
    assert made[-1]['outputs'][0]['data']['text/plain'] == ['6']
    assert 'def triple(n):' in (project.root / 'lib' / 'low.py').read_text()
    assert project.nb('check', NB).stdout.startswith('fresh')
    before = tree(project)
    assert project.nb('fix').returncode == 0 and tree(project) == before


@pytest.mark.parametrize(
    'damage,says',
    [
        (lambda text: text[:-40], 'one.ipynb is no notebook: it has to be JSON with a list of cells'),
        (lambda text: '[]', 'one.ipynb is no notebook'),
        (lambda text: text.replace('{\n', '{\n<<<<<<< HEAD\n', 1), 'one.ipynb holds a merge conflict'),
        (
            lambda text: text.replace('print(double(4))', 'print(double(4)'),
            "one.ipynb: cell 4 (shown), line 1: '(' was never closed: 'print(double(4)'",
        ),
        (
            lambda text: text.replace('# One', '`<<<<<<< HEAD`'),
            'one.ipynb: a merge conflict begins at cell 1',
        ),
    ],
)
def test_a_broken_notebook_is_one_line_and_nothing_changes(project, damage, says):
    (project.root / 'nbs' / 'two.ipynb').write_text(
        (project.root / NB).read_text().replace('"title"', '"0f1e2d3c"')
    )
    path = project.root / NB
    assert damage(path.read_text()) != path.read_text()
    path.write_text(damage(path.read_text()))
    before = tree(project)
    done = project.nb('fix')
    head, *lines = done.stdout.splitlines()
    assert done.returncode == 1 and head == 'nothing is changed yet, first mend:' and done.stderr == ''
    assert len(lines) == 1 and says in lines[0] and tree(project) == before


def test_an_edit_of_a_generated_module_is_not_lost(project):
    project.edit('return 2 * n', 'return n + n  # by hand')
    done = project.nb('fix')
    line = next(line for line in done.stdout.splitlines() if 'lib/low.py is generated' in line)
    assert done.returncode == 1 and 'return 2 * n' in (project.root / 'lib' / 'low.py').read_text()
    place = line.split('(git show ')[1].rstrip(')')
    kept = subprocess.run(
        ['git', 'show', place], cwd=project.root, capture_output=True, text=True, check=True
    )
    assert 'by hand' in kept.stdout


def test_what_is_left_is_said(project):
    "Long cells with the command that runs them, dirty outputs, findings of the linter."

    def change(nb):
        source = {c['id']: c for c in nb['cells']}
        source['double']['source'][-1] = '    return n * 2 + 0'
        source['shown']['source'] = ['print("/" + "tmp/x.txt")']

    edit_raw(project, change)
    (project.root / 'tests').mkdir()
    (project.root / 'tests' / 'test_x.py').write_text('import os\n')
    done = project.nb('fix')
    left = done.stdout.split('left to do:')[1]
    assert done.returncode == 1
    assert f'{NB}: the outputs of its slow cells are stale' in left and f'refresh --flags slow {NB}' in left
    assert 'a path of this machine' in left and 'F401' in left and 'test_x.py:1' in left


def test_a_cell_that_fails_is_said(project):
    edit_raw(project, lambda nb: nb['cells'].append(cell('1/0', 'f' * 8)))
    done = project.nb('fix')
    assert done.returncode == 1 and 'a cell failed: ZeroDivisionError' in done.stdout
    assert f'tools/nb.py run {NB}' in done.stdout.split('left to do:')[1]


def test_what_is_saved_while_a_notebook_runs_stays(project):
    source = (
        'from pathlib import Path\npath = Path("one.ipynb")\n'
        'path.write_text(path.read_text().replace("a notebook", "saved meanwhile"))\n'
    )
    edit_raw(project, lambda nb: nb['cells'].append(cell(source, 'saves')))
    done = project.nb('run', NB)
    assert 'was saved by somebody else while it ran' in done.stdout, done.stdout + done.stderr
    assert 'saved meanwhile' in (project.root / NB).read_text()


UGLY = """# | export
#|hide
# | predict

def f(a,  b = [1,2,]) :
    # | inside
    return {'a':a , "b":b}
# | later"""
NEAT = """#| export
#| hide
#| predict


def f(a, b=[1, 2]):
    # | inside
    return {'a': a, "b": b}


# | later"""
BASH = '%%bash\nls   -l  # | x'


def test_format(project):
    "Cells become what ruff writes; directives, other cells, outputs and records stay."

    def change(nb):
        nb['cells'][3]['source'] = ['print(double( 4 ))']
        nb['cells'] += [cell(UGLY, 'ugly'), cell(BASH, 'bash'), cell('%time  x=1;', 'magic')]

    edit_raw(project, change)
    (project.root / 'tests').mkdir()
    (project.root / 'tests' / 'test_x.py').write_text("x  = 'a'\n")
    before = tree(project)
    done = project.nb('format', '--check', 'nbs', 'tests')
    assert done.returncode == 1 and tree(project) == before
    assert done.stdout.splitlines() == [
        f'{f} is not formatted: run make fix' for f in (NB, 'tests/test_x.py')
    ]
    assert project.nb('format', 'nbs', 'tests/test_x.py').returncode == 0
    cells = {c['id']: c for c in raw(project)['cells']}
    assert {i: ''.join(cells[i]['source']) for i in ('shown', 'ugly', 'bash', 'magic')} == {
        'shown': 'print(double(4))',
        'ugly': NEAT,
        'bash': BASH,
        'magic': '%time  x=1;',
    }
    assert cells['shown']['outputs'][0]['text'] == ['8\n'] and project.record('slow')['hash']
    assert (project.root / 'tests' / 'test_x.py').read_text() == "x = 'a'\n"
    after = tree(project)
    done = project.nb('format', '--check', 'nbs', 'tests')
    assert (done.returncode, done.stdout, tree(project)) == (0, '', after)


def test_formatting_makes_nothing_stale(project):
    edit_raw(
        project,
        lambda nb: nb['cells'][2].update(source=['#| export\n', 'def double( n ):\n', '    return (2*n)']),
    )
    assert project.stale() == set() and project.nb('format', NB).returncode == 0
    assert ''.join(raw(project)['cells'][2]['source']) == '#| export\ndef double(n):\n    return 2 * n'
    assert project.stale() == set()
    assert project.nb('fix').stdout.splitlines()[-1].startswith('nothing is left')
    assert '    return 2 * n' in (project.root / 'lib' / 'low.py').read_text() and project.stale() == set()


def until(page, condition, key):
    "Press the key until the condition holds; again only after long, for Lab queues what it does not lose."
    for _ in range(6):
        page.keyboard.press(key)
        if any(condition() or page.wait_for_timeout(100) for _ in range(150)):
            return
    raise AssertionError(f'{key} had no effect: {page.locator(".jp-Notebook").inner_text()}')


def add_and_run(page, before, source, answer):
    "Add a cell after the `before` code cells of the open notebook and run it until it shows the answer."
    cells = page.locator('.jp-Notebook .jp-CodeCell')
    page.locator('.jp-Notebook-ExecutionIndicator[data-status="idle"]').wait_for(timeout=600_000)
    cells.nth(before - 1).locator('.jp-InputPrompt').click(timeout=600_000)  # Lab draws one after the other
    page.keyboard.press('b')
    cells.nth(before).locator('.cm-content').click(timeout=600_000)
    page.keyboard.insert_text(source)
    until(page, lambda: answer in cells.nth(before).inner_text(), 'Control+Enter')


@pytest.mark.slow
@pytest.mark.browser
@pytest.mark.process
def test_a_visit_to_jupyterlab(project):
    "A cell is added, run and saved in a browser; then `make fix` in a shell."
    added = 'from lib.low import double\nprint( double( 21 ) )'
    with jupyterlab(project.root, project.env) as lab, chromium() as browser:
        page = browser.new_page()
        page.goto(lab(NB))
        add_and_run(page, BOOK.count('# %% #'), added, '42')
        until(page, lambda: 'double( 21 )' in (project.root / NB).read_text(), 'Control+s')
    new = raw(project)['cells'][-1]
    assert re.match(r'[0-9a-f]{8}', new['id']) and new['outputs'] and project.nb('check', NB).returncode == 1
    done = project.nb('fix')
    assert done.returncode == 0 and '1 cells got a readable id' in done.stdout, done.stdout + done.stderr
    assert project.nb('check', NB).stdout == f'fresh {NB}\n'
    new = raw(project)['cells'][-1]
    assert new['id'] == 'double-2' and new['outputs'][0]['text'] == ['42\n']
    assert ''.join(new['source']) == 'from lib.low import double\n\nprint(double(21))'


def hooks(project):
    "What `make hooks` does, in the tiny project."
    venv = Path(sys.prefix)
    told = ['-f', ROOT / 'Makefile', '-o', venv / '.installed-dev', f'VENV={venv}']
    command = ['make', '--no-print-directory', '-n', *told, 'hooks']  # under `make test` too
    lines = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    subprocess.run(['bash', '-ec', lines], cwd=project.root, check=True)


def both_changed(project, theirs, ours, run=False):
    "Merge the branch of the one change into that of the other; git's exit code and output."
    branch = subprocess.run(
        ['git', 'branch', '--show-current'], cwd=project.root, capture_output=True, text=True
    )
    project.git('checkout', '-qb', 'theirs')
    for text, change in (('theirs', theirs), ('ours', ours)):
        assert project.nb('apply', NB, stdin=change(BOOK)).returncode == 0
        assert not run or project.nb('run', NB).returncode == 0
        project.git('commit', '-qam', text)
        if text == 'theirs':
            project.git('checkout', '-q', branch.stdout.strip())
    return subprocess.run(
        ['git', 'merge', 'theirs'], cwd=project.root, env=project.env, capture_output=True, text=True
    )


def more(text):
    return text + '\n# %% #more\nprint(double(7))\n'


def other(text):
    return text.replace('double(4)', 'double(6)')


def test_git_merges_notebooks_by_cells(project):
    "Outputs and records of two branches differ: no conflict, and `make fix` makes the merge fresh."
    hooks(project)
    done = both_changed(project, more, other, run=True)
    assert done.returncode == 0 and 'plain' in project.stale(), done.stdout + done.stderr
    assert project.nb('fix').returncode == 0 and project.stale() == set()
    cells = {c['id']: c for c in raw(project)['cells']}
    assert [cells[i]['outputs'][0]['text'] for i in ('shown', 'more')] == [['12\n'], ['14\n']]


def test_a_conflict_in_a_cell_becomes_cells(project):
    hooks(project)
    done = both_changed(project, lambda text: text.replace('double(4)', 'double(5)'), other)
    assert done.returncode == 1
    said = project.nb('fix')
    assert said.returncode == 1 and 'a merge conflict begins at cell 4: keep one side' in said.stdout


def build(kind, tree, out):
    "What pip does to build a 'sdist' or a 'wheel' of the source tree; the file."
    code = f'from setuptools import build_meta; print(build_meta.build_{kind}({str(out)!r}))'
    done = subprocess.run([sys.executable, '-c', code], cwd=tree, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return out / done.stdout.splitlines()[-1]


def known(*folders):
    "The files under these folders (all if none is named) that are committed or would be."
    command = ['git', 'ls-files', '-z', '--cached', '--others', '--exclude-standard', '--', *folders]
    said = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return {name for name in said.split('\0') if name}


@pytest.fixture(scope='module')
def source(tmp_path_factory):
    "The source distribution, unpacked."
    tree, out = tmp_path_factory.mktemp('tree'), tmp_path_factory.mktemp('out')
    for name in known():
        (tree / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, tree / name)
    with tarfile.open(build('sdist', tree, out)) as tar:
        tar.extractall(out, filter='data')
    return next(path for path in out.iterdir() if path.is_dir())


def test_the_source_distribution_holds_the_sources(source):
    held = {str(f.relative_to(source)) for f in source.rglob('*') if f.is_file()}
    needed = {'settings.ini', 'setup.py', 'pyproject.toml', 'constraints.txt', 'README.md', 'LICENSE'}
    assert not (known('llm_book', 'nbs') | needed) - held


def test_the_wheel_of_the_source_distribution(source, tmp_path):
    with zipfile.ZipFile(build('wheel', source, tmp_path)) as wheel:
        names = set(wheel.namelist())
        entries = wheel.read(next(n for n in names if n.endswith('entry_points.txt'))).decode()
    package = {name for name in names if not name.startswith('llm_book-')}
    assert package == known('llm_book') and 'llm_book/py.typed' in package
    assert 'llm-book = llm_book.core.console:console' in entries


def console(*args):
    "What the script `llm-book` does with these arguments."
    code = 'from llm_book.core.console import console; console()'
    return subprocess.run([sys.executable, '-c', code, *args], capture_output=True, text=True)


def test_the_console_script_lists_every_command():
    sys.path.insert(0, str(ROOT / 'tools'))
    from contents import literal
    from llm_book.core.console import SUBCOMMANDS

    packages = literal('PACKAGES')
    assert {*SUBCOMMANDS} == {*packages['']} | {p for p, names in packages.items() if '__main__' in names}
    said = console('--help')
    assert said.returncode == 0 and said.stdout == console().stdout and said.stderr == ''
    assert all(f'  {name} ' in said.stdout and about in said.stdout for name, about in SUBCOMMANDS.items())


@pytest.mark.parametrize('name', ['data', 'collect_env'])
def test_the_console_script_does_what_python_m_does(name, tmp_path):
    plain = subprocess.run(
        [sys.executable, '-m', f'llm_book.{name}', 'nonsense'], capture_output=True, text=True
    )
    said = console(name, 'nonsense')
    assert (said.returncode, said.stdout, said.stderr) == (2, plain.stdout, plain.stderr)


def test_an_unknown_command_is_one_line():
    said = console('pretrian', '--dry_run', 'true')
    assert (said.returncode, said.stdout) == (2, '')
    assert said.stderr == "llm-book: error: no command 'pretrian'; did you mean 'pretrain'?\n"


def third_party(path):
    "The packages outside the library that cells of a chapter import which run everywhere: {name: cell}."
    sys.path.insert(0, str(ROOT / 'tools'))
    from notebooks import group, parsed, read

    for cell in read(path).cells:
        if group(cell) != 'plain':
            continue
        for node in ast.walk(parsed(cell.source)):
            names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
            names += [node.module] if isinstance(node, ast.ImportFrom) and not node.level else []
            yield from ((name.split('.')[0], f'{path.stem} #{cell.id}') for name in names)


def plain_name(requirement):
    return re.sub(r'[-_.]+', '-', re.match(r'[\w.-]+', requirement)[0]).lower()


def test_the_extra_book_covers_what_the_chapters_import(source):
    "What `pip install llm_book[book]` names, by the built metadata; IPython comes with JupyterLab."
    lines = (source / 'PKG-INFO').read_text(encoding='utf-8').splitlines()
    asked = [line.removeprefix('Requires-Dist: ') for line in lines if line.startswith('Requires-Dist: ')]
    declared = {plain_name(r) for r in asked if 'extra ==' not in r or 'extra == "book"' in r}
    provided = {m for m, dists in packages_distributions().items() if declared & {*map(plain_name, dists)}}
    chapters = list((ROOT / 'nbs').glob('[1-9]*/*.ipynb'))
    imported = {found for path in chapters for found in third_party(path)}
    fine = provided | {*sys.stdlib_module_names} | {'llm_book', 'IPython'}
    assert len(chapters) >= 20 and {'torch', 'fastcore', 'peft'} <= {name for name, _ in imported}
    assert not [found for found in sorted(imported) if found[0] not in fine]


def test_changelog_and_citation_name_the_version():
    version = re.search(r'^version = (\S+)', (ROOT / 'settings.ini').read_text(encoding='utf-8'), re.M)[1]
    cited = yaml.safe_load((ROOT / 'CITATION.cff').read_text(encoding='utf-8'))
    assert cited['version'] == version and {'cff-version', 'message', 'title', 'authors'} <= cited.keys()
    newest = re.search(r'^## (\S+)', (ROOT / 'CHANGELOG.md').read_text(encoding='utf-8'), re.M)
    assert newest[1] == version
