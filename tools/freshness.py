"""Are stored outputs fresh? One hash for each flag group, over its cells and the library code that ran for
them.

`executed` in a notebook's metadata holds for each group: the hash, the commit that was checked out, the
versions of Python and torch, which definitions of which modules ran (`*`: all count) and which files of the
project were read.
"""

import ast
import json
import re

from modules import imported, targets
from notebooks import directives, groups, hidden, parsed, read
from slices import borrowed, depends
from sources import Part, bare, covered, digest, mentions

DIRTY = {
    'a path of this machine': re.compile(r'(?<![\w.])/(?:work|home|root|tmp|Users|var)/[\w./-]+'),
    'a warning': re.compile(r'\w*Warning\b'),
    'a float of more than six decimals': re.compile(r'\d\.\d{7,}'),
}


def magic(text):
    "The lines that only IPython understands."
    return '\n'.join(re.findall(r'^[%!].*$', text, flags=re.M))


def cell_parts(nb, flag):
    "What counts of the notebook for a group, without comments and docstrings."
    out = []
    for cell, text, whole in depends(nb, flag):
        plain = bare(parsed(text))
        out.append(Part(f'#{cell.id}', plain + magic(cell.source), kind='cell', mentions=mentions(plain)))
    return out


def parts(nb, flag, record):
    "Everything that could change an output of the group."
    cells = cell_parts(nb, flag)
    ran = {module: None if names == '*' else names.split() for module, names in record['ran'].items()}
    said = frozenset().union(*(c.mentions for c in cells))
    return cells + covered(ran, record.get('files', []), said)


def fingerprint(nb, flag, record):
    "The hash of a group; that of the cells' ids and order is none of it."
    found = parts(nb, flag, record)
    cells = [p.digest for p in found if p.kind == 'cell']
    rest = sorted(f'{p.key} {p.digest}' for p in found if p.kind != 'cell')
    return digest(json.dumps([cells, rest]))


def whole_closure(nb, flag):
    "The record of a group that was not watched: every module that its cells could import, all of it."
    trees = [parsed(text) for _, text, _ in depends(nb, flag)]
    words = {w for _, text, _ in depends(nb, flag) for w in re.findall(r'\b[a-zA-Z_][\w.]*', text)}
    nodes = (n for t in trees for n in ast.walk(t) if isinstance(n, (ast.Import, ast.ImportFrom)))
    names = {t for n in nodes for t in targets(n, '')} | words
    return dict.fromkeys(sorted(imported(names)), '*')


def record_of(nb, flag):
    "The group's record, or None if it is missing or of an older format."
    record = nb.metadata.get('executed', {}).get(flag)
    return record if isinstance(record, dict) and 'ran' in record else None


def stale(nb, flag):
    "Why the group's outputs are stale, or '' if they are fresh."
    stored = nb.metadata.get('executed', {}).get(flag)
    if not stored:
        return 'they never ran'
    if record_of(nb, flag) is None:
        return 'their record is of an older format'
    return '' if fingerprint(nb, flag, stored) == stored['hash'] else 'what they depend on has changed'


def dirt(cell):
    "What a cell's stored outputs must not hold."
    outputs = [
        {**o, 'data': {k: v for k, v in o.get('data', {}).items() if not k.startswith('image/')}}
        for o in cell.get('outputs', [])
    ]
    text = json.dumps(outputs, ensure_ascii=False)
    for what, pattern in DIRTY.items():
        if m := pattern.search(text):
            yield f'#{cell.id}: stored output holds {what}: {m.group(0)[:60]!r}'
    if outputs and 'live' in directives(cell):
        yield f'#{cell.id}: a live cell stores output'
    if 'widget-view' in text:
        yield f'#{cell.id}: stored output holds a widget'
    if cell.cell_type == 'code' and cell.metadata.get('jupyter', {}) != dict.fromkeys(hidden(cell), True):
        yield f'#{cell.id}: JupyterLab hides something else than its directives say: run make fix'
    if any(o['output_type'] == 'error' for o in outputs):
        yield f'#{cell.id}: stored output is an error'


def complaints(path):
    "What the gate refuses in a notebook, a line each."
    try:
        nb = read(path)
    except ValueError as e:
        return [str(e)]
    out = []
    for flag in groups(nb):
        if why := stale(nb, flag):
            verb = f'run {path}' if flag == 'plain' else f'refresh --flags {flag} {path}'
            out.append(f'the outputs of its {flag} cells are stale ({why}): python tools/nb.py {verb}')
    for name in borrowed(nb):
        out.append(f'{name!r} is made in a flagged cell and used in an unflagged one')
    return out + [line for cell in nb.cells for line in dirt(cell)]


def check(path):
    "Print whether the outputs are fresh and clean; False if the gate has to refuse them."
    found = complaints(path)
    print(f'{"BAD  " if found else "fresh"} {path}', *found, sep='\n    ')
    return not found
