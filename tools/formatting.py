"Code as `ruff format` writes it (settings: pyproject.toml), in the cells of notebooks and in Python files."

import json
import re
import subprocess
import sys
from pathlib import Path

from notebooks import head, new_cell, new_notebook, parsed, read, write
from project import root


def ruff(*args, text=None):
    "What `ruff` prints with these arguments, and its exit code; ValueError if it cannot do it."
    done = subprocess.run(
        [sys.executable, '-m', 'ruff', *args],
        input=text,
        capture_output=True,
        text=True,
        encoding='utf-8',
        cwd=root(),
    )
    if done.returncode not in (0, 1):
        raise ValueError(f'ruff {args[0]}: {" ".join(done.stderr.split())[-300:]}')
    return done.stdout, done.returncode


def as_directives(source):
    "The source with the directives at its top written `#| name`, the one form that all tools read."
    top, lines = len(head(source)), source.splitlines()
    return '\n'.join([re.sub(r'^\s*#\s*\|\s*', '#| ', line).rstrip() for line in lines[:top]] + lines[top:])


def not_python(nb, path):
    "A line for each code cell that is not Python."
    for n, cell in enumerate(nb.cells, 1):
        try:
            if cell.cell_type == 'code':
                parsed(cell.source)
        except SyntaxError as error:
            text = (error.text or '').strip()
            yield f'{path}: cell {n} ({cell.get("id")}), line {error.lineno}: {error.msg}: {text!r}'


def format_cells(nbs):
    "Format the code cells of notebooks in place, all with one call of ruff."
    cells = [cell for nb in nbs for cell in nb.cells if cell.cell_type == 'code']
    asked = new_notebook() | {'cells': [new_cell(c.source) | {'id': str(n)} for n, c in enumerate(cells)]}
    made, _ = ruff('format', '--stdin-filename', 'all.ipynb', '-', text=json.dumps(asked))
    for cell, formatted in zip(cells, json.loads(made)['cells'], strict=True):
        cell.source = as_directives(''.join(formatted['source']))


def find(paths, ending):
    "The files with this ending among files and folders; what JupyterLab keeps aside is left out."
    for path in map(Path, paths):
        found = sorted(path.rglob('*')) if path.is_dir() else [path]
        yield from (f for f in found if f.suffix == ending and '.ipynb_checkpoints' not in f.parts)


def format_files(paths, check):
    "Format Python files, or only look; the paths of those that were not formatted."
    files = {str(path.resolve()): path for path in find(paths, '.py')}
    if not files:
        return []
    said, _ = ruff('format', '--check', '--output-format', 'json', *files)
    other = sorted({row['filename'] for row in json.loads(said)})
    if other and not check:
        ruff('format', *other)
    return [files[name] for name in other]


def format_notebooks(paths, check):
    "Format notebooks, or only look; the paths of those that were not formatted."
    nbs = {path: read(path) for path in find(paths, '.ipynb')}
    if wrong := [line for path, nb in nbs.items() for line in not_python(nb, path)]:
        raise ValueError('\n'.join(wrong))
    before = {path: [cell.source for cell in nb.cells] for path, nb in nbs.items()}
    format_cells(nbs.values())
    other = [path for path, nb in nbs.items() if before[path] != [cell.source for cell in nb.cells]]
    for path in other if not check else ():
        write(nbs[path], path)
    return other


def format_all(paths, check=False):
    "Format notebooks and Python files, or only list what is not formatted: False if there is any."
    other = [*format_notebooks(paths, check), *format_files(paths, check)]
    for path in other:
        print(f'{path} is not formatted: run make fix' if check else f'formatted {path}')
    return not (check and other)
