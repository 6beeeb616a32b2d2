"A changed number in the library: every long run that computed with it is due, by the real records."

import shutil
import subprocess
import sys

import pytest
from conftest import ROOT

pytestmark = pytest.mark.slow

RUNS = '4_train/10_pretraining.ipynb', 'library/commands/pretrain_runs.ipynb'
PRETRAINING = {f'{path}: its {flag}' for path in RUNS for flag in ('slow', 'net')}
STORIES = PRETRAINING - {'4_train/10_pretraining.ipynb: its net'}  # that one trains GPTs on Shakespeare only
DOCUMENTS = {f'{RUNS[1]}: its {flag}' for flag in ('slow', 'net')}
INSTRUCTION = {'5_tune/4_instruction_tuning.ipynb: its slow'}

CHANGES = {  # what is changed: the text that stands once in the library, the text planted, what must be due
    "Muon's coefficients": ('a, b, c = 3.4445,', 'a, b, c = 3.4446,', PRETRAINING | INSTRUCTION),
    "the schedule's last step": (
        'min(max((step - start) / max(end - start, 1), 0.0), 1.0)',
        'min(max((step - start) / max(end - start - 1, 1), 0.0), 1.0)',
        PRETRAINING | INSTRUCTION,
    ),
    'the warmup': (
        'learning_rate * (step + 1) / (warmup_steps + 1)',
        'learning_rate * step / warmup_steps',
        PRETRAINING | INSTRUCTION,
    ),
    "Muon's weight decay": (
        "(params, 1 - lr * group['weight_decay'])",
        "(params, 1 - group['weight_decay'])",
        PRETRAINING | INSTRUCTION,
    ),
    'clipping of gradients': (
        '(max_norm / (norm + 1e-6)).clamp(max=1.0)',
        '(max_norm / (norm + 1e-5)).clamp(max=1.0)',
        PRETRAINING | INSTRUCTION,
    ),
    'the mask between documents': ('(same & causal_mask(', '(same | causal_mask(', DOCUMENTS),
    'the positions in a document': (
        'place - place.masked_fill(goes_on, 0).cummax(1).values',
        'place - place.masked_fill(goes_on, 1).cummax(1).values',
        DOCUMENTS,
    ),
    "RMSNorm's eps": ('dim: int, eps: float = 1e-6', 'dim: int, eps: float = 1e-5', STORIES),
    'the base of the rotary wavelengths': ('rope_base: 10000.0', 'rope_base: 20000.0', STORIES),
    'what a template trains on': (
        '(s, learn and i == 0) for i, s',
        '(s, learn and i <= 1) for i, s',
        INSTRUCTION,
    ),
    'the odds of an ending': (
        'BY_TRAIT = ((14, 1, 3, 2)',
        'BY_TRAIT = ((13, 1, 3, 2)',
        STORIES | INSTRUCTION,
    ),
    'the rate of a config': ('learning_rate: 4.0e-3', 'learning_rate: 4.1e-3', PRETRAINING),
}


@pytest.fixture(scope='module')
def copy(tmp_path_factory):
    "The library, the notebooks and the tools, outside of git."
    root = tmp_path_factory.mktemp('book')
    for name in ('llm_book', 'nbs', 'tools', 'settings.ini', 'pyproject.toml'):
        path = ROOT / name
        shutil.copytree(path, root / name) if path.is_dir() else shutil.copy(path, root / name)
    return root


def due(root):
    "The groups of cells that the tools call due."
    done = subprocess.run(
        [sys.executable, 'tools/nb.py', 'refresh', '--list'], cwd=root, capture_output=True, text=True
    )
    assert not done.stderr, done.stderr
    return {
        line.removeprefix('due: nbs/').split(' cells')[0]
        for line in done.stdout.splitlines()
        if line.startswith('due: ')
    }


def the_file(root, text):
    "The one module or config of the little world that holds a text."
    files = [*(root / 'llm_book').rglob('*.py'), *(root / 'llm_book').rglob('configs/tales*.yaml')]
    found = [f for f in files if text in f.read_text(encoding='utf-8')]
    assert len(found) == 1, f'{text!r} stands in {len(found)} files: adapt this test'
    return found[0]


@pytest.fixture(scope='module')
def before(copy):
    "What is due without a change: a group that is stale already cannot show that it notices one."
    return due(copy)


def test_nothing_is_due_as_it_stands(before):
    assert before == set(), 'run `make refresh` first'


@pytest.mark.parametrize('what', CHANGES)
def test_a_planted_change_is_due(copy, before, what):
    old, new, expected = CHANGES[what]
    path = the_file(copy, old)
    text = path.read_text(encoding='utf-8')
    path.write_text(text.replace(old, new), encoding='utf-8')
    try:
        found = due(copy) - before
    finally:
        path.write_text(text, encoding='utf-8')
    assert expected <= found, sorted(found)
