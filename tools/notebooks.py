"Notebooks as the tools see them: read, written clean, as plain text and back, with readable ids."

import ast
import json
import re
import sys
from functools import cache
from itertools import takewhile
from pathlib import Path

from project import flags

HEAD = re.compile(r'^# %%( \[markdown\])?(?: #([\w-]+))?$', re.M)
MADE_BY_LAB = re.compile(r'[0-9a-f]{8}(-.*)?')
DIRECTIVE = re.compile(r'\s*#\s*\|\s*(.*)')
SPLIT = re.compile(r'text/|application/javascript|image/svg')
EXERCISE = re.compile(r'ex\d+(-.*)?')
CONFLICT = re.compile(r'^<{7} ', re.M)
LAB = {'fold': 'source_hidden', 'predict': 'outputs_hidden'}  # directive: what JupyterLab hides
SITE = {'source_hidden': 'hide-input', 'outputs_hidden': 'hide-output'}  # and the website's tag for it


def load(path):
    "The notebook with its texts as strings, whatever its ids are; one line of error if it is none."
    try:
        text = Path(path).read_text(encoding='utf-8')
        if CONFLICT.search(text):
            raise ValueError(f'{path} holds a merge conflict: `nbdev_fix {path}` makes cells of it')
        raw = json.loads(text)
        cells = [{'metadata': {}} | cell | {'source': ''.join(cell['source'])} for cell in raw['cells']]
    except (json.JSONDecodeError, UnicodeDecodeError, KeyError, TypeError):
        raise ValueError(f'{path} is no notebook: it has to be JSON with a list of cells') from None
    return node(raw | {'cells': [joined(cell) for cell in cells]})


def read(path):
    "The notebook; one line of error if it is none, or if a cell has no id or that of another one."
    nb = load(path)
    ids = [cell.get('id') for cell in nb.cells]
    remedy = f'run python tools/nb.py clean {path}'
    for n, cid in enumerate(ids):
        if not cid:
            raise ValueError(f'{path}: cell {n + 1} has no id: {remedy}')
        if cid in ids[:n]:
            raise ValueError(f'{path}: cells {ids.index(cid) + 1} and {n + 1} share the id {cid!r}: {remedy}')
    return nb


class Node(dict):
    "A dict whose keys are attributes too."

    __setattr__ = dict.__setitem__

    def __getattr__(self, name):
        try:
            return self[name]
        except KeyError:
            raise AttributeError(name) from None


def node(value):
    "The value with its dicts as nodes."
    if isinstance(value, dict):
        return Node({k: node(v) for k, v in value.items()})
    return [node(v) for v in value] if isinstance(value, list) else value


def new_cell(source, markdown=False):
    "A cell without an id."
    more = {} if markdown else {'execution_count': None, 'outputs': []}
    kind = 'markdown' if markdown else 'code'
    return node({'cell_type': kind, 'id': '', 'metadata': {}, 'source': source} | more)


def joined(cell):
    "The cell with its texts as strings, as nbformat reads them."
    for o in cell.get('outputs', []):
        if 'text' in o:
            o['text'] = ''.join(o['text'])
        for kind, data in o.get('data', {}).items():
            if isinstance(data, list) and all(isinstance(line, str) for line in data):
                o['data'][kind] = ''.join(data)
    return cell


def split(cell):
    "The cell with its texts as lists of lines, as they stand in files."

    def part(output):
        data = {
            k: v.splitlines(True) if isinstance(v, str) and SPLIT.match(k) else v
            for k, v in output.get('data', {}).items()
        }
        return (
            output
            | ({'data': data} if data else {})
            | ({'text': output['text'].splitlines(True)} if 'text' in output else {})
        )

    cell = cell | {'source': cell['source'].splitlines(True)}
    return cell | ({'outputs': [part(dict(o)) for o in cell['outputs']]} if 'outputs' in cell else {})


def write(nb, path):
    "Store `nb` the way nbdev_clean does, so that the two never fight."
    from nbdev.clean import clean_nb

    for cell in nb.cells:
        if view := hidden(cell):
            cell.metadata['jupyter'] = dict.fromkeys(view, True)
        elif cell.cell_type == 'code':
            cell.metadata.pop('jupyter', None)
    clean_nb(nb, allowed_metadata_keys=['executed'], allowed_cell_metadata_keys=['jupyter'])
    raw = dict(nb) | {'cells': [split(cell) for cell in nb['cells']]}
    text = json.dumps(raw, sort_keys=True, indent=1, ensure_ascii=False) + '\n'
    path, part = Path(path), Path(f'{path}.part')
    if not path.exists() or path.read_text(encoding='utf-8') != text:
        part.write_text(text, encoding='utf-8')
        part.replace(path)  # whole or not there


def show(path):
    for cell in read(path).cells:
        mark = ' [markdown]' if cell.cell_type == 'markdown' else ''
        print(f'# %%{mark} #{cell.id}\n{cell.source}\n')


def new_notebook():
    kernel = {'name': 'python3', 'display_name': 'python3', 'language': 'python'}
    return node({'cells': [], 'metadata': {'kernelspec': kernel}, 'nbformat': 4, 'nbformat_minor': 5})


def apply(path):
    "Rebuild the notebook from text; a cell keeps its outputs only if its code is unchanged."
    path = Path(path)
    nb = read(path) if path.exists() else new_notebook()
    old, cells = {c.id: c for c in nb.cells}, []
    _, *parts = HEAD.split(sys.stdin.read())
    for md, cid, source in zip(parts[::3], parts[1::3], parts[2::3]):
        source, kind = source.strip('\n'), 'markdown' if md else 'code'
        if cid in old and (old[cid].source, old[cid].cell_type) == (source, kind):
            cell = old[cid]
        else:
            cell = new_cell(source, bool(md)) | {'id': cid or ''}
        cells.append(node(cell))
    for n, cell in enumerate(cells):
        if cell.id and cell.id in [c.id for c in cells[:n]]:
            raise ValueError(f'{path}: two cells share the id {cell.id!r}: rename one of them')
    nb.cells = cells
    name_cells(nb)
    write(nb, path)


def suggested(cell):
    "A readable id: the words of a heading, the first name that the code binds, or the kind of cell."
    if cell.cell_type == 'markdown':
        words = re.findall(r'[A-Za-z0-9]+', next(iter(cell.source.splitlines()), ''))
        words, fallback = words[:4], 'text'
    else:
        calls = re.findall(r'\b[A-Za-z]\w+(?=\()', cell.source)
        try:
            names = [*bound(parsed(cell.source)), *calls][:1]
        except SyntaxError:
            names = calls[:1]
        words, fallback = re.findall(r'[A-Za-z0-9]+', ' '.join(names)), 'code'
    name = '-'.join(words).lower()
    return name if re.match(r'[a-z]', name) and not MADE_BY_LAB.fullmatch(name) else fallback


def name_cells(nb):
    "Give cells without an id, with that of another one or with one that JupyterLab made, a readable one."
    taken, renamed = set(), 0
    keep = {c.get('id') for c in nb.cells if c.get('id') and not MADE_BY_LAB.fullmatch(c['id'])}
    for cell in nb.cells:
        cid = cell.get('id')
        if not cid or MADE_BY_LAB.fullmatch(cid) or cid in taken:
            base, n = suggested(cell), 1
            cid = base
            while cid in taken | keep:
                n += 1
                cid = f'{base}-{n}'
            renamed += 1
        cell['id'] = cid
        taken.add(cid)
    return renamed


def clean(path):
    "Readable ids, and what JupyterLab leaves removed."
    nb = load(path)
    renamed = name_cells(nb)
    write(nb, path)
    print(f'{path}: {renamed} cells got a readable id')


def head(source):
    "The lines at the top of a cell that may hold directives, as nbdev reads them."
    return list(takewhile(lambda line: re.match(r'#|%|\s*#\s*\||\s*$', line), source.splitlines()))


def directives(cell):
    "What the comments `#| name value ...` at the top of a cell say: {name: [values]}."
    if cell.cell_type != 'code':
        return {}
    said = (m[1].replace(':', ': ').split() or [''] for m in map(DIRECTIVE.match, head(cell.source)) if m)
    return {name: values for name, *values in said}


def hidden(cell):
    "What JupyterLab hides of a cell: what its directives say, and the source of a solution."
    said = directives(cell)
    if cell.cell_type == 'code' and cell.get('id', '').endswith('-solution'):
        said = said | {'fold': []}
    return [view for name, view in LAB.items() if name in said]


def site_tags(cell):
    "The tags by which the website hides what JupyterLab hides."
    return [SITE[view] for view in hidden(cell)]


def group(cell):
    "The flag group of a code cell ('plain' if it has no flag), or None for a cell that never runs."
    found = directives(cell)
    if cell.cell_type != 'code' or found.get('eval:') == ['false'] or 'witness' in found:
        return None
    return next((f for f in flags() if f in found), 'plain')


def groups(nb):
    "The flag groups of the notebook, in their order."
    return list(dict.fromkeys(g for g in map(group, nb.cells) if g))


def witness(nb, flag):
    "The cells that are the witness of a long group: `#| witness slow`."
    return [c for c in nb.cells if flag in directives(c).get('witness', [])]


def code(source):
    "The source without lines that only IPython understands."
    return re.sub(r'^[%!].*$', '', source, flags=re.M)


@cache
def parsed(source):
    "The syntax tree of a cell; of one that is not Python (`%%bash`), a tree that holds its text."
    if source.startswith('%%'):
        return ast.parse(repr(source))
    return ast.parse(code(source))


def bound(tree):
    "Names that the cell binds at top level."
    for node in tree.body:
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            yield node.name
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            yield from ((a.asname or a.name).split('.')[0] for a in node.names)
        else:
            stores = (n for n in ast.walk(node) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store))
            yield from (n.id for n in stores)
