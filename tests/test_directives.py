"`#| fold` and `#| predict`: JupyterLab's metadata, the website's tags, and the twins of widgets."

import json
import shutil
import subprocess
import sys

import pytest
from conftest import ROOT
from test_freshness import NB, Project

sys.path.insert(0, str(ROOT / 'tools'))
from notebooks import hidden, new_cell, node, site_tags  # noqa: E402

BOOK = '''# %% #folded
#| fold
a = 1

# %% #predicted
#| predict
print(a + 1)

# %% #both
#| fold
#| predict
print(a + 2)

# %% #plain
print(a)

# %% #ex1-solution
a = 2

# %% #asked
from IPython.display import display
from ipywidgets import IntSlider

slider = IntSlider()
view = {'version_major': 2, 'version_minor': 0, 'model_id': slider.model_id}
display({'text/markdown': '**how many?**', 'application/vnd.jupyter.widget-view+json': view}, raw=True)

# %% #moved
slider
'''
VIEWS = {
    'folded': {'source_hidden': True},
    'predicted': {'outputs_hidden': True},
    'both': {'source_hidden': True, 'outputs_hidden': True},
    'ex1-solution': {'source_hidden': True},
}


@pytest.fixture(scope='module')
def project(tmp_path_factory):
    root = tmp_path_factory.mktemp('directives')
    (root / 'nbs' / 'part').mkdir(parents=True)
    (root / 'lib').mkdir()
    (root / 'lib' / '__init__.py').write_text('__version__ = "0"\n')
    shutil.copy(ROOT / 'pyproject.toml', root)
    settings = (ROOT / 'settings.ini').read_text().replace('llm_book', 'lib')
    (root / 'settings.ini').write_text(settings)
    project = Project(root)
    project.git('init', '-q')
    project.book(BOOK, flags='plain')
    return project


def cells(project):
    return {c['id']: c for c in json.loads((project.root / NB).read_text())['cells']}


def views(project):
    found = {cid: c['metadata'].get('jupyter') for cid, c in cells(project).items()}
    return {cid: view for cid, view in found.items() if view}


def test_directives_become_what_lab_hides(project):
    assert views(project) == VIEWS
    assert cells(project)['predicted']['outputs'][0]['text'] == ['2\n']  # stored, and hidden


def test_they_survive_nbdev_clean_and_the_tools(project):
    before = (project.root / NB).read_text()
    clean = [sys.executable, '-c', 'from nbdev.clean import nbdev_clean; nbdev_clean()']
    subprocess.run(clean, cwd=project.root, env=project.env, check=True, capture_output=True)
    for verb in ('clean', 'format'):
        assert project.nb(verb, NB).returncode == 0
    assert (project.root / NB).read_text() == before


def test_what_a_reader_opened_in_lab_is_noticed_and_mended(project):
    path = project.root / NB
    before = path.read_text()
    nb = json.loads(before)
    for cell in nb['cells']:
        if cell['id'] == 'predicted':
            cell['metadata']['jupyter'] = {'outputs_hidden': False}
        if cell['id'] == 'plain':
            cell['metadata']['jupyter'] = {'source_hidden': True}
    path.write_text(json.dumps(nb))
    said = project.nb('check', NB).stdout
    assert '#predicted: JupyterLab hides something else' in said and '#plain: ' in said and 'BAD' in said
    assert project.nb('clean', NB).returncode == 0
    assert path.read_text() == before


def test_a_twin_is_stored_and_a_widget_is_not(project):
    found = cells(project)
    assert found['asked']['outputs'][0]['data'] == {'text/markdown': ['**how many?**']}
    assert found['moved']['outputs'] == []


def test_a_directive_makes_nothing_stale(project):
    text = project.nb('show', NB).stdout
    assert project.nb('apply', NB, stdin=text.replace('print(a)', '#| fold\nprint(a)')).returncode == 0
    assert project.stale() == set()


@pytest.mark.parametrize(
    'source,cid,tags',
    [
        ('#| fold\nx', 'a', ['hide-input']),
        ('#| predict\nx', 'a', ['hide-output']),
        ('#| predict\n#| fold\nx', 'a', ['hide-input', 'hide-output']),
        ('x\n#| fold', 'a', []),
        ('x', 'ex1-solution', ['hide-input']),
    ],
)
def test_the_website_hides_what_lab_hides(source, cid, tags):
    cell = node(new_cell(source) | {'id': cid})
    assert site_tags(cell) == tags and len(hidden(cell)) == len(tags)
