"""Each chapter again with its exported cells imported from the library (nbdev_test runs it as written),
and each exercise proven: the skeleton fails its checker, the solution passes it."""

import ast
import re
from pathlib import Path

import pytest
from execnb.shell import CaptureShell
from fastcore.xtras import working_directory
from nbdev.config import get_config
from nbdev.doclinks import nbglob
from nbdev.process import NBProcessor

cfg = get_config()
FLAGS = set(cfg.tst_flags.split())
CHAPTERS = sorted(map(Path, nbglob()))


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


@pytest.mark.parametrize('path', CHAPTERS, ids=lambda p: p.stem)
def test_chapter_from_library_and_its_exercises(path):
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
            execute(shell, by_id[f'{ex}-solution'].source, f'{path.name} #{ex}-solution')
            text = execute(shell, by_id[f'{ex}-check'].source, f'{path.name} #{ex}-check')
            assert '✓' in text and '✗' not in text, (
                f'{path.name} #{ex}: the solution fails its checker: {text!r}'
            )
