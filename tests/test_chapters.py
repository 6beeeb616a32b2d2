"""The road with exported cells taken from the library. (The workshop so only in `make test-slow`: the gate
runs it by nbdev_test.) Each exercise is proven: the skeleton fails
its checker, the solution passes, kept answers (tests/wrong; a long proof) get the verdict that they deserve,
and answers that raise, never end or give nothing get one sentence."""

import ast
import json
import re
import sys
from contextlib import contextmanager, nullcontext
from functools import partial
from pathlib import Path

import pytest
from execnb.shell import CaptureShell
from fastcore.xtras import working_directory
from nbdev.config import get_config
from nbdev.doclinks import nbglob
from nbdev.process import NBProcessor

from llm_book.core import reader, verdict

sys.path.insert(0, str(Path(__file__).parent.parent / 'tools'))
import copies  # noqa: E402
from notebooks import load  # noqa: E402
from project import nbs_path  # noqa: E402
from translation import languages  # noqa: E402

cfg = get_config()
FLAGS = set(cfg.tst_flags.split())
CHAPTERS = sorted(map(Path, nbglob()))
WRONG = Path(__file__).parent / 'wrong'  # <chapter>/<exercise>_<what is wrong>.py, <chapter>/right/...
PATIENT = verdict.verdict
TRANSLATED = [
    (language, path.relative_to(nbs_path() / language).with_suffix('').as_posix())
    for language in languages()
    for path in sorted((nbs_path() / language).rglob('*.yaml'))
]
BAD = {
    'nothing': 'return None',
    'of another type': "return 'a text'",
    'an exception': "raise KeyError('mine')",
    'endless': 'while True: pass',
}


def chapter_of(path):
    "The chapter's name as in the table of contents: `2_model/1_attention`."
    return path.relative_to(Path(cfg.nbs_path).resolve()).with_suffix('').as_posix()


def bound_names(src):
    "The names that a cell binds at top level."
    for node in ast.parse(src).body:
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            yield node.name
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            for a in node.names:
                yield (a.asname or a.name).split('.')[0]
        elif isinstance(node, (ast.Assign, ast.AnnAssign)):
            for target in getattr(node, 'targets', None) or [node.target]:
                yield from (n.id for n in ast.walk(target) if isinstance(n, ast.Name))


def cells(path):
    "The code cells that run everywhere, and the module that the chapter exports."
    code = [c for c in NBProcessor(path).nb.cells if c.cell_type == 'code']
    module = next(
        (c.directives_['default_exp'][0] for c in code if 'default_exp' in (c.get('directives_') or {})), None
    )
    runs = [
        c
        for c in code
        if (c.get('directives_') or {}).get('eval:') != ['false']
        and not FLAGS & (c.get('directives_') or {}).keys()
    ]
    return runs, module and f'{cfg.lib_path.name}.{module}'


def execute(shell, source, where):
    out = shell.run(source)
    assert shell.exc is None, f'{where}: {type(shell.exc).__name__}: {shell.exc}\n{source}'
    return ''.join(
        o.get('text', '') if isinstance(o.get('text', ''), str) else ''.join(o['text']) for o in out or []
    )


def verdict_of(shell, check, answer, where):
    "What the checker says about an answer: one line that begins with ✓ or ✗, whatever the answer does."
    execute(shell, answer, f'{where} (the answer itself)')
    text = execute(shell, check, f'{where} (its check)')
    lines = [line for line in text.splitlines() if line[:1] in '✓✗']
    assert len(lines) == 1 and 'Traceback' not in text, f'{where}: one verdict is expected: {text!r}'
    return lines[0]


def kept_answers(chapter, exercise):
    "Kept answers to an exercise as (path, whether they are right)."
    folder = WRONG / chapter
    yield from ((p, False) for p in sorted(folder.glob(f'{exercise}_*.py')))
    yield from ((p, True) for p in sorted((folder / 'right').glob(f'{exercise}_*.py')))


def bad_answers(skeleton):
    "Answers that do what no checker may stumble over, made from the names that the skeleton defines."
    names = [n.name for n in ast.parse(skeleton).body if isinstance(n, ast.FunctionDef)]
    if not names:
        return
    for what, body in BAD.items():
        yield what, ''.join(f'def {name}(*args, **kwargs):\n    {body}\n' for name in names)


@pytest.fixture(autouse=True)
def english():
    "Each notebook begins as in a new kernel: no chapter is named, the language is English."
    reader.here.update(chapter='', language='en')


@pytest.fixture
def impatient(monkeypatch):
    "Endless answers are stopped after a fifth of a second: `with impatient(): ...`."

    def soon(check, args, seconds):
        return PATIENT(check, args, 0.2)

    @contextmanager
    def patched():
        with monkeypatch.context() as m:
            m.setattr(verdict, 'verdict', soon)
            yield

    return patched


def prove(shell, by_id, exercise, where, kept, impatient):
    "A line for each verdict on an exercise that is not what it has to be."
    skeleton, check = by_id[exercise].source, by_id[f'{exercise}-check'].source
    solution = by_id[f'{exercise}-solution'].source
    if (said := verdict_of(shell, check, solution, f'{where.name} {exercise}-solution'))[0] != '✓':
        yield f'the solution of {exercise} fails its checker: {said}'
    for path, right in kept:
        with impatient() if 'endless' in path.stem else nullcontext():
            said = verdict_of(shell, check, path.read_text(encoding='utf-8'), path)
        if (said[0] == '✓') != right:
            yield f'{path.relative_to(WRONG)}: {said}'
    for what, answer in bad_answers(skeleton):
        with impatient() if what == 'endless' else nullcontext():
            said = verdict_of(shell, check, answer, f'{where.name} {exercise}, {what}')
        if said[0] == '✓':
            yield f'{exercise} accepts an answer that is {what}'
    execute(shell, solution, where)


def run_and_prove(path, answers, impatient):
    "Run a notebook with its exported cells from the library; prove its exercises, with these kept answers."
    runs, module = cells(path)
    by_id = {c.id: c for c in runs}
    exercises = sorted({m.group(1) for c in runs if (m := re.fullmatch(r'(ex\d+)', c.id))})
    with working_directory(cfg.nbs_path):
        shell = CaptureShell(path)
        for cell in runs:
            src, d = cell.source, cell.get('directives_') or {}
            if module and {'export', 'exports', 'exporti'} & d.keys():
                names = [n for n in bound_names(src) if n != 'annotations']
                src = f"from {module} import {', '.join(names)}" if names else ''
            text = execute(shell, src, f'{path.name} #{cell.id}')
            if re.fullmatch(r'ex\d+-check', cell.id):
                assert '✗' in text and '✓' not in text, (
                    f'{path.name} #{cell.id} accepts the empty skeleton: {text!r}'
                )
        for ex in exercises:
            assert f'{ex}-check' in by_id and f'{ex}-solution' in by_id, (
                f'{path.name}: {ex} has no check or no solution'
            )
        wrong = [line for ex in exercises for line in prove(shell, by_id, ex, path, answers(ex), impatient)]
        assert not wrong, '\n'.join([path.name, *wrong])


def passes():
    "The road; as long proofs the workshop, which the gate runs by nbdev_test, and all with kept answers."
    for path in CHAPTERS:
        if 'library' not in path.parts:
            yield pytest.param(path, False, id=path.stem)
        yield pytest.param(path, True, marks=pytest.mark.slow, id=f'{path.stem}-kept')


@pytest.mark.parametrize('path,kept', [*passes()])
def test_chapter_from_library_and_its_exercises(path, kept, impatient):
    answers = partial(kept_answers, chapter_of(path.resolve()))
    run_and_prove(path, answers if kept else lambda exercise: [], impatient)


@pytest.mark.slow
@pytest.mark.parametrize('language,chapter', TRANSLATED)
def test_translated_chapter_and_its_exercises(language, chapter, tmp_path, impatient):
    path = tmp_path / f'{chapter}.ipynb'
    nb = copies.in_language(load(Path(cfg.nbs_path) / f'{chapter}.ipynb'), chapter, language)
    assert copies.write_copy(nb, path)
    run_and_prove(path, partial(kept_answers, chapter), impatient)


def test_kept_answers_belong_to_an_exercise():
    for path in WRONG.rglob('*.py'):
        chapter = path.relative_to(WRONG).parent.as_posix().removesuffix('/right')
        nb = Path(cfg.nbs_path) / f'{chapter}.ipynb'
        assert nb.is_file(), f'{path}: there is no notebook {chapter}'
        exercise = re.fullmatch(r'(ex\d+)_\w+', path.stem)
        assert exercise, f'{path}: its name has to be <exercise>_<what is wrong>.py'
        assert exercise[1] in {c['id'] for c in json.loads(nb.read_text(encoding='utf-8'))['cells']}, path


def test_no_two_notebooks_hold_the_same_exercise():
    "Equal ids once pasted the text of one chapter over that of another."
    seen = {}
    for path in CHAPTERS:
        for cell in json.loads(path.read_text(encoding='utf-8'))['cells']:
            kind = re.fullmatch(r'ex\d+-(text|check|solution)', cell.get('id', ''))
            if not kind:
                continue
            source = ''.join(cell['source'])
            text = ast.unparse(ast.parse(source)) if cell['cell_type'] == 'code' else source
            text = re.sub(r"^@checker.*$|\bex\d+\b", '', text, flags=re.M)
            here = f'{path.name} #{cell["id"]}'
            assert text not in seen, f'{here} is {seen[text]} once more'
            seen[text] = here
