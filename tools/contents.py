"The table of contents and the order of the packages, which are data in nbs/index.ipynb."

import ast
import re
from pathlib import Path

import nbformat

ROOT = Path(__file__).parent.parent
NBS = ROOT / 'nbs'


def literal(name):
    "The value that a cell of nbs/index.ipynb gives to `name`."
    for cell in nbformat.read(NBS / 'index.ipynb', as_version=4).cells:
        if cell.cell_type == 'code' and cell.source.startswith(f'{name} = '):
            return ast.literal_eval(ast.parse(cell.source).body[0].value)
    raise ValueError(f'nbs/index.ipynb has no cell that begins with `{name} = `')


def notebooks():
    "All notebooks of the book, the index aside: {path without ending: the module that it exports, or None}."
    out = {}
    for path in sorted(NBS.rglob('*.ipynb')):
        if '.ipynb_checkpoints' in path.parts or path == NBS / 'index.ipynb':
            continue
        cells = nbformat.read(path, as_version=4).cells
        found = (
            re.search(r'^#\|\s*default_exp\s+(\S+)', c.source, re.M) for c in cells if c.cell_type == 'code'
        )
        out[path.relative_to(NBS).with_suffix('').as_posix()] = next((m[1] for m in found if m), None)
    return out


def modules():
    "All modules in the order in which they may import each other: `model.attention`, ..., `pretrain`."
    packages = literal('PACKAGES')
    return [f'{package}.{module}'.lstrip('.') for package, names in packages.items() for module in names]


def summary(name):
    "Title and one-line summary of a notebook."
    title, line = nbformat.read(NBS / f'{name}.ipynb', as_version=4).cells[0].source.splitlines()[:2]
    return title.removeprefix('# '), line.removeprefix('> ')


def reading_hours():
    "Hours of reading: (the road without what may be skipped, that as far as Pretraining, all chapters)."
    rows = [row for row in literal('CONTENTS') if 'chapter' in row]
    end = [row['chapter'] for row in rows].index('4_train/10_pretraining') + 1
    core = [0 if row.get('skip') else row['minutes'] for row in rows]
    return sum(core) / 60, sum(core[:end]) / 60, sum(row['minutes'] for row in rows) / 60
