"""Write, run and check the chapter notebooks from a shell.

    python tools/nb.py show  nbs/01_attention.ipynb > ch.txt   # cells as plain text
    python tools/nb.py apply nbs/01_attention.ipynb < ch.txt   # and back; cells are matched by id
    python tools/nb.py run   nbs/*.ipynb                       # execute in a kernel, store clean outputs
    python tools/nb.py run --flags slow nbs/12_pretrain.ipynb  # with the cells of these flag groups
    python tools/nb.py check nbs/*.ipynb                       # are the stored outputs fresh and clean?

Freshness: for each flag group (unflagged cells; slow; net; cuda) one hash over its cells and over all library
code that they import. Comments and docstrings do not count, for they change no output.
"""
import ast
import hashlib
import json
import os
import re
import symtable
import sys
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbdev.clean import clean_nb
from nbdev.config import get_config
from nbdev.process import extract_directives

HEAD = re.compile(r'^# %%( \[markdown\])?(?: #([\w-]+))?$', re.M)
DIRTY = {'a path of this machine': re.compile(r'(?<![\w.])/(?:work|home|root|tmp|Users|var)/[\w./-]+'),
         'a warning': re.compile(r'\w*Warning\b'),
         'a float of more than six decimals': re.compile(r'\d\.\d{7,}')}


def read(path):
    return nbformat.read(path, as_version=4)


def write(nb, path):
    "Store `nb` the way nbdev_clean does, so that the two never fight."
    for c in nb.cells:
        if c.id.endswith('-solution') and c.cell_type == 'code': c.metadata['jupyter'] = {'source_hidden': True}
    clean_nb(nb, allowed_metadata_keys=['executed'], allowed_cell_metadata_keys=['jupyter'])
    nbformat.write(nb, path)


def show(path):
    for c in read(path).cells:
        mark = ' [markdown]' if c.cell_type == 'markdown' else ''
        print(f'# %%{mark} #{c.id}\n{c.source}\n')


def apply(path):
    "Rebuild the notebook from text; a cell keeps its outputs only if its code is unchanged."
    path = Path(path)
    nb = read(path) if path.exists() else nbformat.v4.new_notebook(
        metadata={'kernelspec': {'name': 'python3', 'display_name': 'python3', 'language': 'python'}})
    old, cells = {c.id: c for c in nb.cells}, []
    _, *parts = HEAD.split(sys.stdin.read())
    for md, cid, src in zip(parts[::3], parts[1::3], parts[2::3]):
        src, kind = src.strip('\n'), 'markdown' if md else 'code'
        if cid in old and (old[cid].source, old[cid].cell_type) == (src, kind): cell = old[cid]
        else: cell = (nbformat.v4.new_markdown_cell if md else nbformat.v4.new_code_cell)(src)
        if cid: cell.id = cid
        cells.append(cell)
    assert len({c.id for c in cells}) == len(cells), 'two cells share an id'
    nb.cells = cells
    write(nb, path)


def directives(cell):
    return extract_directives(cell, remove=False) if cell.cell_type == 'code' else {}


def group(cell):
    "The flag group of a code cell ('' if it has none), or None for a cell that never runs."
    d = directives(cell)
    if cell.cell_type != 'code' or d.get('eval:') == ['false']: return None
    return next((f for f in get_config().tst_flags.split() if f in d), '')


def code(source):
    return re.sub(r'^[%!].*$', '', source, flags=re.M)


def parsed(source):
    return ast.parse(code(source))


def bare(tree):
    "Code without comments and docstrings."
    for node in ast.walk(tree):
        body = getattr(node, 'body', None)
        if isinstance(body, list):
            node.body = [n for n in body if not (isinstance(n, ast.Expr) and isinstance(n.value, ast.Constant)
                                                 and isinstance(n.value.value, str))] or [ast.Pass()]
    return ast.unparse(tree)


def imported(tree, seen, here=()):
    "Names of the library's modules that `tree` imports, those which they import included."
    lib, root = get_config().lib_name, get_config().lib_path
    for node in ast.walk(tree):
        names = []
        if isinstance(node, ast.Import): names = [a.name for a in node.names]
        elif isinstance(node, ast.ImportFrom):
            up = '.'.join([lib, *here[:len(here) - node.level + 1]]) if node.level else ''
            base = f"{up}.{node.module or ''}".strip('.') if node.level else node.module
            names = [base, *(f'{base}.{a.name}' for a in node.names)]
        for name in names:
            file = root/(name.removeprefix(lib + '.').replace('.', '/') + '.py')
            if name.startswith(lib + '.') and file.exists() and name not in seen:
                seen.add(name)
                imported(ast.parse(file.read_text(encoding='utf-8')), seen, name.split('.')[1:-1])
    return seen


def fingerprints(nb):
    "One hash per flag group over everything that could change an output of its cells."
    root, out = get_config().lib_path, {}
    for g in dict.fromkeys(x for x in map(group, nb.cells) if x is not None):
        trees = [parsed(c.source) for c in nb.cells if group(c) in ('', g)]
        mods = sorted(set().union(*(imported(t, set()) for t in trees)))
        texts = [bare(t) for t in trees] + [bare(ast.parse((root/(m.split('.', 1)[1].replace('.', '/') + '.py')).read_text(
            encoding='utf-8'))) for m in mods]
        out[g or 'plain'] = hashlib.sha256('\0'.join(texts).encode()).hexdigest()[:16]
    return out


def tidy(cell):
    "Join stream chunks, keep only what follows the last carriage return of a line, drop stderr and widgets."
    outs = []
    for o in cell.get('outputs', []):
        if o.output_type == 'stream':
            if o.name == 'stderr': continue
            if outs and outs[-1].output_type == 'stream':
                outs[-1].text += o.text
                continue
        if 'application/vnd.jupyter.widget-view+json' in o.get('data', {}): continue
        outs.append(o)
    for o in outs:
        if o.output_type == 'stream': o.text = re.sub(r'^.*\r(?!\n)', '', o.text, flags=re.M)
    cell.outputs = [] if 'live' in directives(cell) else outs


def run(path, flags=()):
    "Execute the chapter in a fresh kernel; cells of other flag groups keep their stored outputs."
    nb, did = read(path), {'', *flags}
    before = nb.metadata.get('executed', {})
    env = {**os.environ, 'MPLBACKEND': 'module://matplotlib_inline.backend_inline', 'OMP_NUM_THREADS': os.environ.get('OMP_NUM_THREADS', '1'), 'LLM_BOOK_MIRROR': ''}
    if 'net' in flags or 'slow' in flags: env['LLM_BOOK_MIRROR'] = os.environ.get('LLM_BOOK_MIRROR', '')
    client = NotebookClient(nb, timeout=1200, resources={'metadata': {'path': str(Path(path).parent)}})
    with client.setup_kernel(env=env):
        for i, cell in enumerate(nb.cells):
            if group(cell) in did:
                client.execute_cell(cell, i)
                tidy(cell)
    now = fingerprints(nb)
    done = {g or 'plain' for g in did}
    nb.metadata['executed'] = {g: h if g in done else before.get(g, '') for g, h in now.items()}
    write(nb, path)
    print(f'ran {path}')


def bound(tree):
    "Names that the cell binds at top level."
    for node in tree.body:
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)): yield node.name
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            yield from ((a.asname or a.name).split('.')[0] for a in node.names)
        else: yield from (n.id for n in ast.walk(node) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store))


def used(table):
    "Names of the notebook that the code of this symbol table reads; a function's own variables are none of them."
    for name in table.get_symbols():
        if name.is_referenced() and (name.is_global() or table.get_type() == 'module'): yield name.get_name()
    for inner in table.get_children(): yield from used(inner)


def borrowed(nb):
    "Names that unflagged cells use although only flagged cells make them."
    made, plain = set(), set()
    for c in nb.cells:
        g = group(c)
        if g is None: continue
        tree = parsed(c.source)
        if g: made |= set(bound(tree)) - plain
        else:
            yield from set(used(symtable.symtable(code(c.source), c.id, 'exec'))) & (made - set(bound(tree)))
            plain |= set(bound(tree))
            made -= plain


def complaints(path):
    nb = read(path)
    stored = nb.metadata.get('executed', {})
    for g, h in fingerprints(nb).items():
        again = f"python tools/nb.py run {'' if g == 'plain' else f'--flags {g} '}{path}"
        if stored.get(g) == h: continue
        stale = f'the outputs of its {g} cells are stale: run {again}'
        if g == 'plain': yield stale
        else: print(f'listed, not refused: {stale}')     # until the house is built: issue 18
    for name in borrowed(nb): yield f'{name!r} is made in a flagged cell and used in an unflagged one'
    for c in nb.cells:
        outputs = [{**o, 'data': {k: v for k, v in o.get('data', {}).items() if not k.startswith('image/')}}
                   for o in c.get('outputs', [])]
        text = json.dumps(outputs, ensure_ascii=False)
        for what, pattern in DIRTY.items():
            if m := pattern.search(text): yield f'#{c.id}: stored output holds {what}: {m.group(0)[:60]!r}'
        if c.get('outputs') and 'live' in directives(c): yield f'#{c.id}: a live cell stores output'
        if 'widget-view' in text: yield f'#{c.id}: stored output holds a widget'
        if any(o.output_type == 'error' for o in c.get('outputs', [])): yield f'#{c.id}: stored output is an error'


def check(path):
    bad = list(complaints(path))
    print(f"{'BAD  ' if bad else 'fresh'} {path}", *bad, sep='\n    ')
    return not bad


if __name__ == '__main__':
    verb, *paths = sys.argv[1:]
    if verb == 'run' and paths[0] == '--flags':
        flags, paths = paths[1].split(','), paths[2:]
        ok = [run(p, flags) for p in paths]
    else: ok = [globals()[verb](p) for p in paths]
    sys.exit(verb == 'check' and not all(ok))
