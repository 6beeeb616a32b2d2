"Fresh outputs: what makes them stale, what does not, and what the witness may settle; on a tiny project."

import json
import os
import shutil
import subprocess
import sys

import pytest
from conftest import ROOT

LOW = '''"doc"
import functools
from .other import TABLE, register

def f(n=1):
    "says one"
    return n  # one

def unused():
    return f(2)

class Base:
    def go(self):
        return self.step()

    def step(self):
        return 1

class Child(Base):
    pass

@functools.cache
def kept():
    return deep()

def deep():
    return 5

@register
def noted():
    return 7

def child():
    import os, signal
    mark()
    os.kill(os.getpid(), signal.SIGKILL)

def mark():
    return 'marked'

def long_only(n):
    return [step(i) for i in range(n)]

def step(i):
    return i*i

def shown(total):
    return f'total {total}'
'''
OTHER = '''TABLE = []

def register(f):
    TABLE.append(f.__name__)
    return f
'''
BOOK = '''# %% #a
from lib.low import Child, f, kept
print(f(), Child().go(), kept())

# %% #need
steps = 30

# %% #slow-run
#| slow
from lib.low import kept, long_only, shown
print(shown(sum(long_only(steps)) + kept()))

# %% #slow-witness
#| witness slow
#| eval: false
from lib.low import kept, long_only, shown
print(shown(sum(long_only(3)) + kept()))

# %% #live
#| live
print("now")

# %% #ex1
def answer(): ...

# %% #ex1-solution
def answer(): return 2
'''
NB = 'nbs/part/one.ipynb'


class Project:
    "A tiny project: `nb(...)` runs tools/nb.py in it."

    def __init__(self, root):
        self.root, self.low = root, root / 'lib' / 'low.py'
        self.env = os.environ | {
            'PYTHONPATH': str(root),
            'GIT_AUTHOR_NAME': 'a',
            'GIT_AUTHOR_EMAIL': 'a@b',
            'GIT_COMMITTER_NAME': 'a',
            'GIT_COMMITTER_EMAIL': 'a@b',
        }

    def nb(self, *args, stdin=None):
        return subprocess.run(
            [sys.executable, ROOT / 'tools' / 'nb.py', *args],
            cwd=self.root,
            env=self.env,
            input=stdin,
            capture_output=True,
            text=True,
        )

    def git(self, *args):
        subprocess.run(
            ['git', '-c', 'commit.gpgsign=false', *args],
            cwd=self.root,
            env=self.env,
            check=True,
            capture_output=True,
        )

    def book(self, text, path=NB, flags='slow'):
        done = self.nb('apply', path, stdin=text)
        assert done.returncode == 0, done.stderr
        done = self.nb('run', '--flags', flags, path)
        assert done.returncode == 0, done.stderr
        done = self.nb('check', path)
        assert done.returncode == 0 and done.stdout.startswith('fresh'), done.stdout

    def edit(self, old, new, file='low.py'):
        text = (self.root / 'lib' / file).read_text()
        assert old in text
        (self.root / 'lib' / file).write_text(text.replace(old, new))

    def stale(self, path=NB):
        "The groups that the check calls stale."
        out = self.nb('check', path).stdout
        return {g for g in ('plain', 'slow', 'net') if f'its {g} cells are stale' in out}

    def record(self, flag, path=NB):
        return json.loads((self.root / path).read_text())['metadata']['executed'][flag]


@pytest.fixture(scope='module')
def made(tmp_path_factory):
    "The project, its outputs fresh and committed."
    root = tmp_path_factory.mktemp('made')
    (root / 'nbs' / 'part').mkdir(parents=True)
    (root / 'lib' / 'deep').mkdir(parents=True)
    (root / 'lib' / 'low.py').write_text(LOW)
    (root / 'lib' / 'other.py').write_text(OTHER)
    (root / 'lib' / 'table.json').write_text('{"a": 1}')
    (root / '.gitignore').write_text('__pycache__\n.ipynb_checkpoints\n')
    text = (ROOT / 'settings.ini').read_text().replace('= llm_book', '= lib')
    (root / 'settings.ini').write_text(text)
    project = Project(root)
    project.git('init', '-q')
    project.git('add', '.')
    project.git('commit', '-qm', 'start')
    project.book(BOOK)
    project.git('add', '.')
    project.git('commit', '-qm', 'outputs')
    return root


@pytest.fixture
def project(made, tmp_path):
    shutil.copytree(made, tmp_path / 'p')
    return Project(tmp_path / 'p')


def test_what_ran_is_recorded_for_each_group(project):
    plain, slow = project.record('plain'), project.record('slow')
    assert plain['ran']['lib.low'] == 'Base.go Base.step deep f kept'
    assert slow['ran']['lib.low'] == 'deep kept long_only shown step'  # kept: cached before
    assert plain['ran']['lib.other'] == 'register' and slow['commit'] and slow['python'].startswith('3.')


def changed(project, *edits):
    "The stale groups after these edits, each tried alone and taken back."
    out = []
    for old, new in edits:
        before = project.low.read_text()
        project.edit(old, new)
        out.append(project.stale())
        project.low.write_text(before)
    return out


def test_only_what_ran_makes_stale(project):
    new = 'def fresh_name():\n    return 9\n\ndef unused'
    imported, formatted = (
        'from .other import TABLE, register',
        'from lib.other import (\n    TABLE,\n    register,\n)',
    )
    quiet = changed(
        project,
        ('"doc"', '"other doc"'),
        ('  # one', '  # two'),
        ('"says one"', '"says 1"'),
        ('return f(2)', 'return f(3)'),
        ('def unused', new),
        ("return 'marked'", "return 'm'"),
        (imported, formatted),
    )
    assert quiet == [set()] * len(quiet)
    loud = changed(
        project, ('return n  #', 'return -n  #'), ('return i*i', 'return i'), ('return 5', 'return 6')
    )
    assert loud == [{'plain'}, {'slow'}, {'plain', 'slow'}]


def test_new_definitions_that_take_the_place_of_old_ones_are_noticed(project):
    child = 'class Child(Base):\n    pass'
    before = [  # put before an unused function
        'def f(n=1):\n    return 3',
        'f = lambda n=1: 3',
        'def __getattr__(name):\n    return 1',
        'deep = step',
        'def range(n):\n    return []',
        'TABLE.append(3)',
        '@register\ndef more():\n    return 1',
        'import this_module_does_not_exist',
    ]
    found = changed(
        project,
        (child, child.replace('pass', 'def step(self):\n        return 2')),
        (child, child.replace('pass', 'def __getattr__(self, name):\n        return 2')),
        ('def f(n=1)', 'def f(n=2)'),
        ('def f(n=1)', '@register\ndef f(n=1)'),
        ('def unused', '@register\ndef unused'),
        *(('def unused', f'{text}\n\ndef unused') for text in before),
    )
    assert all(found) and found[-4] == {'slow'}, found  # the builtin `range`: in the slow cells alone


def test_children_count_even_when_they_are_killed(project):
    cells = (
        '# %% #a\nimport multiprocessing, subprocess, sys\nfrom lib import low\n'
        'done = subprocess.run([sys.executable, "-c", "from lib import low; low.child()"])\n'
        'p = multiprocessing.get_context("spawn").Process(target=low.f)\np.start()\np.join()\n'
        'q = multiprocessing.get_context("fork").Process(target=low.step, args=(1,))\nq.start()\n'
        'q.join()\n'
    )
    project.book(cells, 'nbs/part/two.ipynb')
    assert project.record('plain', 'nbs/part/two.ipynb')['ran']['lib.low'] == 'child f mark step'
    project.edit("return 'marked'", "return 'm'")
    assert project.stale('nbs/part/two.ipynb') == {'plain'}


def test_a_child_that_cannot_be_watched_counts_all(project):
    project.book(
        '# %% #a\nimport subprocess, sys\nfrom lib.low import f\n'
        'done = subprocess.run([sys.executable, "-I", "-c", ""])\n',
        'nbs/part/two.ipynb',
    )
    record = project.record('plain', 'nbs/part/two.ipynb')
    assert record['ran']['lib.low'] == '*' and 'could not be recorded' in record['whole']
    project.edit('return f(2)', 'return f(3)')
    assert project.stale('nbs/part/two.ipynb') == {'plain'}


def test_files_that_were_read_count(project):
    cell = '# %% #a\nfrom pathlib import Path\nprint(Path("../../lib/table.json").read_text())\n'
    project.book(cell, 'nbs/part/two.ipynb')
    assert project.record('plain', 'nbs/part/two.ipynb')['files'] == ['lib/table.json']
    (project.root / 'lib' / 'table.json').write_text('{"a": 2}')
    assert project.stale('nbs/part/two.ipynb') == {'plain'} and project.stale() == set()


@pytest.mark.parametrize(
    'old,new,groups',
    [
        ('def answer(): return 2', 'def answer(): return 3', {'plain'}),
        ('steps = 30', 'steps = 31', {'plain', 'slow'}),
        ('#| live\n', '#| live\nimport random\nrandom.seed(1)\n', {'plain'}),
        ('steps = 30', 'steps = 30\nimport random\nrandom.seed(1)', {'plain', 'slow'}),
        ('# %% #need', '# %% #env\nimport os\nos.environ["A"] = "1"\n\n# %% #need', {'plain', 'slow'}),
        ('# %% #need', '# %% #aside\nother = 3\n\n# %% #need', {'plain'}),
        ('kept()))\n\n# %% #slow-w', 'kept() + 1))\n\n# %% #slow-w', {'slow'}),
        ('print("now")', 'print("now")  # a comment', set()),
    ],
)
def test_a_group_depends_on_its_slice_alone(project, old, new, groups):
    assert old in BOOK
    assert project.nb('apply', NB, stdin=BOOK.replace(old, new)).returncode == 0
    assert project.stale() == groups


def test_stale_long_groups_are_refused(project):
    project.edit('return i*i', 'return i')
    done = project.nb('check', NB)
    assert done.returncode == 1 and done.stdout.startswith('BAD')
    assert 'slow cells are stale (what they depend on has changed): python tools/nb.py refresh' in done.stdout


def vouch(project, *edits):
    for old, new in edits:
        project.edit(old, new)
    assert 'slow' in project.stale()
    done = project.nb('vouch', '--flags', 'slow', NB)
    return done.stdout.strip() or done.stderr


def test_the_witness_vouches_for_equal_bits(project):
    said = vouch(project, ('return i*i', 'answer = i * i\n    return answer'))
    assert said.endswith('the witness computes the same bits'), said
    assert project.stale() == set()
    project.edit('answer = i * i', 'answer = i')
    assert project.stale() == {'slow'}


def test_a_helper_that_is_new_counts_after_vouching(project):
    said = vouch(project, ('return i*i', 'return square(i)\n\ndef square(i):\n    return i*i'))
    assert said.endswith('the same bits'), said
    project.edit('def square(i):\n    return i*i', 'def square(i):\n    return i')
    assert project.stale() == {'slow'}


def test_new_code_that_did_not_run_is_left_to_the_code_that_asks_for_it(project):
    said = vouch(project, ('return i*i', 'return far(i) if isinstance(i, str) else i*i\n\ndef far(i): pass'))
    assert said.endswith('the same bits'), said


@pytest.mark.parametrize(
    'edits,why',
    [
        ([('return i*i', 'return i')], 'computes something else now: #slow-witness'),
        ([('for i in range(n)]', 'for i in range(n) if i != 20]')], 'a number changed (20)'),
        (
            [('return i*i', 'return i*i if str(i) < "9" else far(i)\n\ndef far(i):\n    return i')],
            "a number changed ('9')",  # in quotes too
        ),
        ([('return i*i', 'return missing(i)')], 'the witness failed: NameError'),
        (
            [('@functools.cache\ndef kept', '@functools.lru_cache\ndef kept')],
            'a default or decorator changed',
        ),
        ([('TABLE = []', 'TABLE = ["x"]')], 'module-level code changed: lib.other:TABLE'),
    ],
)
def test_the_long_run_is_due(project, edits, why):
    files = {'TABLE = []': 'other.py'}
    for old, new in edits:
        project.edit(old, new, files.get(old, 'low.py'))
    done = project.nb('vouch', '--flags', 'slow', NB)
    assert done.returncode == 1 and any(w in done.stdout for w in why.split('|')), done.stdout + done.stderr
    assert 'is due' in done.stdout and len(done.stdout.strip().splitlines()) == 1
    assert 'slow' in project.stale()


def test_definitions_that_move_to_a_new_module_are_vouched_for(project):
    "Their text is the same, only its place is another."
    moved = 'def step(i):\n    return i*i\n', 'def deep():\n    return 5\n'
    (project.root / 'lib' / 'fresh.py').write_text('\n'.join(moved))
    said = vouch(
        project,
        *((text, '') for text in moved),
        ('import functools\n', 'import functools\nfrom .fresh import deep, step\n'),
    )
    assert said.endswith('the same bits'), said
    assert project.record('slow')['ran']['lib.fresh'] == 'deep step'
    assert project.stale() <= {'plain'}
    project.edit('return 5', 'return 6', 'fresh.py')
    assert 'slow' in project.stale()


def test_what_changes_while_it_moves_is_due(project):
    (project.root / 'lib' / 'fresh.py').write_text('def deep():\n    return 6\n')
    said = vouch(
        project,
        ('def deep():\n    return 5\n', ''),
        ('import functools\n', 'import functools\nfrom .fresh import deep\n'),
    )
    assert 'a number changed (5)' in said, said


@pytest.mark.parametrize(
    'new,may',
    [
        ('class C:\n    a: int\n    b: str | None = None', True),
        ('class C:\n    b: str = "x"\n    a: int\n    c: D = D()', True),
        ('class C:\n    a: int', True),
        ('class C:\n    a: int\n    b: str', False),  # whoever makes one has to know it
        ('class C:\n    a: int = 2', False),
        ('class C:\n    b: int = 2', False),
        ('class C:\n    a: float\n    b: str = ""', False),
        ('class C(D):\n    a: int\n    b: str = ""', False),
        ('class C:\n    a: int\n    b = 3', False),
        ('class C:\n    a: int\n    def f(self): pass', False),
        ('@final\nclass C:\n    a: int\n    b: str = ""', False),
        ('C = make_dataclass("C", ["a"])', False),
    ],
)
def test_a_new_field_of_a_class_is_left_to_the_witness(new, may):
    sys.path.insert(0, str(ROOT / 'tools'))
    from witness import only_more

    assert only_more('class C:\n    a: int', new) is may


@pytest.mark.parametrize(
    'signature,may',
    [
        ('a, b=1, *, c=2, d=None', True),
        ('a, b=1, e=(), *, c=2, d: int = 3, **more', False),  # it takes anything now
        ('a, b=1, e=(), *, c=2, d: int = 3', True),
        ('a, b=2, *, c=2', False),
        ('a, b=1, *, c=3', False),
        ('a, e=1, *, c=2', False),
        ('a, e=0, b=1, *, c=2', False),  # the second one is another now
        ('a, b=1, *, c=2, d', False),
        ('a, b=1, *, c', False),
        ('a, *, b=1, c=2', False),
    ],
)
@pytest.mark.parametrize('form', ['def f({}): pass', 'class C:\n    def __init__({}): pass'])
def test_a_new_parameter_with_a_default_is_left_to_the_witness(form, signature, may):
    sys.path.insert(0, str(ROOT / 'tools'))
    from witness import only_more

    assert only_more(form.format('a, b=1, *, c=2'), form.format(signature)) is may
    if signature.endswith('d=None'):
        assert not only_more(form.format('a, b=1, *, c=2'), '@cache\n' + form.format(signature))


def test_a_changed_slice_is_due(project):
    assert project.nb('apply', NB, stdin=BOOK.replace('steps = 30', 'steps = 10 + 20')).returncode == 0
    assert 'is due: the cell #need it depends on changed' in project.nb('vouch', NB).stdout


def test_a_missing_commit_is_due(project):
    shutil.rmtree(project.root / '.git')
    project.edit('return i*i', 'return i * (i + 0)')
    project.git('init', '-q')
    project.git('add', '.')
    project.git('commit', '-qm', 'all that a shallow clone has')
    said = project.nb('vouch', NB).stdout
    assert 'is due: the commit whose code made its outputs is not here (a shallow' in said


def test_other_versions_and_no_witness_are_due(project):
    project.edit('return i*i', 'return i * (i + 0)')
    raw = json.loads((project.root / NB).read_text())
    raw['metadata']['executed']['slow']['torch'] = '1.0'
    (project.root / NB).write_text(json.dumps(raw))
    assert 'and torch 1.0, not with these' in project.nb('vouch', NB).stdout
    project.nb('apply', NB, stdin=BOOK.replace('#| witness slow\n', ''))
    assert 'has no witness (a cell with `#| witness slow`)' in project.nb('vouch', NB).stdout


def test_refresh_runs_what_is_due(project):
    project.edit('return n  #', 'return 2*n  #')
    project.edit('return i*i', 'out = i*i\n    return out')
    assert project.nb('refresh', '--list').stdout.count('due: ') == 2
    done = project.nb('refresh')
    assert done.returncode == 0 and 'are vouched for' in done.stdout, done.stdout + done.stderr
    assert project.stale() == set()
    project.edit('out = i*i', 'out = i')
    done = project.nb('refresh', '--flags', 'slow')
    assert 'is due' in done.stdout and project.stale() == set()
    assert json.loads((project.root / NB).read_text())['cells'][2]['outputs'][0]['text'] == ['total 440\n']


@pytest.mark.slow
def test_refresh_of_many_notebooks_goes_on_after_one_that_fails(project):
    for name, source in {'two': "'two runs'", 'bad': "raise ValueError('bad runs')"}.items():
        project.nb(
            'apply',
            f'nbs/part/{name}.ipynb',
            stdin=f'# %% [markdown] #title\n# {name}\n\n# %% #go\n{source}\n',
        )
    project.edit('return n  #', 'return 2*n  #')
    done = project.nb('refresh')
    assert done.returncode == 1, done.stdout + done.stderr
    assert 'nbs/part/bad.ipynb: a cell failed: ValueError: bad runs' in done.stdout
    assert project.stale() == project.stale('nbs/part/two.ipynb') == set()
    assert project.stale('nbs/part/bad.ipynb') == {'plain'}


def test_moved_cells_keep_outputs_and_records(project):
    done = project.nb('move', f'{NB}#slow-run', f'{NB}#need', 'nbs/part/two.ipynb')
    assert done.returncode == 0, done.stderr
    cells = json.loads((project.root / 'nbs/part/two.ipynb').read_text())['cells']
    assert [c['id'] for c in cells] == ['slow-run', 'need'] and cells[0]['outputs']
    assert 'slow' not in json.loads((project.root / NB).read_text())['metadata']['executed']
    assert project.stale('nbs/part/two.ipynb') == {'plain'}  # the slow cells' outputs still hold
    assert 'has no cell' in project.nb('move', f'{NB}#nowhere', 'nbs/part/two.ipynb').stderr


def test_ids(project):
    path = project.root / NB
    raw = json.loads(path.read_text())
    raw['cells'][0]['id'], raw['cells'][1]['id'] = '0f3a9c1d', '1b2c3d4e-aaaa-bbbb-cccc-0123456789ab'
    del raw['cells'][4]['id']
    path.write_text(json.dumps(raw))
    done = project.nb('check', NB)
    assert done.returncode == 1
    assert f'{NB}: cell 5 has no id: run python tools/nb.py clean {NB}' in done.stdout
    assert project.nb('clean', NB).returncode == 0
    ids = [c['id'] for c in json.loads(path.read_text())['cells']]
    assert ids[:5] == ['child', 'steps', 'slow-run', 'slow-witness', 'print']
    raw['cells'][4]['id'] = 'need'
    raw['cells'][0]['id'] = 'need'
    path.write_text(json.dumps(raw))
    assert "cells 1 and 5 share the id 'need'" in project.nb('check', NB).stdout
    assert project.nb('clean', NB).returncode == 0 and project.nb('check', NB).returncode == 0


def test_records_of_the_old_form_are_stale(project):
    raw = json.loads((project.root / NB).read_text())
    raw['metadata']['executed']['slow'] = '0123456789abcdef'
    (project.root / NB).write_text(json.dumps(raw))
    assert project.stale() == {'slow'} and 'an older format' in project.nb('check', NB).stdout


def test_dirty_outputs_are_noticed(project):
    more = '\n# %% #d\nprint("/" + "tmp/x.txt", 1/3, "User" + "Warning")\n'
    project.nb('apply', NB, stdin=BOOK + more)
    assert project.nb('run', NB).returncode == 0
    out = project.nb('check', NB).stdout
    assert all(what in out for what in ('a path of this machine', 'more than six decimals', 'a warning')), out


@pytest.mark.parametrize(
    'cell,noticed',
    [
        ('made', True),
        ('def lent(): return [made for _ in range(2)]', True),
        ('def own():\n    made = 1\n    return made', False),
        ('[made for made in range(2)]', False),
    ],
)
def test_borrowed_names_are_noticed(project, cell, noticed):
    text = BOOK.replace('#| slow\n', '#| slow\nmade = 1\n') + f'\n# %% #borrow\n{cell}\n'
    assert project.nb('apply', NB, stdin=text).returncode == 0
    said = project.nb('check', NB).stdout
    assert ("'made' is made in a flagged cell and used in an unflagged one" in said) == noticed


def test_show_and_apply_are_inverse(project):
    shown = project.nb('show', NB).stdout
    assert project.nb('apply', NB, stdin=shown).returncode == 0
    assert project.nb('show', NB).stdout == shown and project.nb('check', NB).returncode == 0


def test_the_witness_cell_never_runs_by_itself(project):
    cells = {c['id']: c for c in json.loads((project.root / NB).read_text())['cells']}
    assert cells['slow-run']['outputs'] and not cells['slow-witness']['outputs']


def test_a_run_during_which_the_library_changes_stays_stale(project):
    cell = (
        '# %% #a\nfrom pathlib import Path\nfrom lib.low import f\nlow = Path("../../lib/low.py")\n'
        'done = low.write_text(low.read_text().replace("return n  #", "return 3  #"))\n'
    )
    project.nb('apply', 'nbs/part/two.ipynb', stdin=cell)
    assert 'lib.low changed while the notebook ran' in project.nb('run', 'nbs/part/two.ipynb').stdout
    assert project.stale('nbs/part/two.ipynb') == {'plain'}


def test_a_statement_that_sets_something_global_brings_what_its_cell_makes(project):
    "Such a statement counts alone; if it needs names of its own cell, the whole cell does."
    root, nb = project.root, project.nb
    cells = (
        '# %% #lone\nlonely = 1\nimport random\nrandom.seed(3)\n\n'
        '# %% #loop\nsmall = dict(n=3)\nfor i in range(2):\n    random.seed(small["n"])\n\n'
        '# %% #long\n#| slow\nprint(random.random())\n'
    )
    assert nb('apply', 'nbs/loop.ipynb', stdin=cells).returncode == 0
    code = (
        'import sys; sys.path.insert(0, sys.argv[1]); '
        'from notebooks import read; from slices import depends; '
        'print(*(f"{cell.id}:{whole}" for cell, text, whole in depends(read("nbs/loop.ipynb"), "slow")))'
    )
    done = subprocess.run(
        [sys.executable, '-c', code, str(ROOT / 'tools')],
        cwd=root,
        capture_output=True,
        text=True,
        check=True,
    )
    assert 'loop:True' in done.stdout and 'long:True' in done.stdout, done.stdout


def test_a_slice_has_the_files_that_it_reads_and_the_types_of_its_signatures(project):
    cells = {
        'place': 'from pathlib import Path\nplace = Path("p")',
        'file': '(place / "a").write_text("")',
        'look': '(place / "a").exists()',
        'kind': 'class Kind: pass',
        'other': 'class Other: pass',
        'make': 'def make(x: Kind): return x',
        'long': '#| slow\nprint(place, make(1))',
    }
    text = ''.join(f'# %% #{name}\n{code}\n\n' for name, code in cells.items())
    assert project.nb('apply', 'nbs/files.ipynb', stdin=text).returncode == 0
    done = subprocess.run(
        [sys.executable, ROOT / 'tools' / 'slices.py', 'nbs/files.ipynb'],
        cwd=project.root,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.split()[1:] == 'slow place file kind make long'.split()
