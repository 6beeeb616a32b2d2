"""Run a notebook in a kernel and note which definitions of the library run in each cell.

The recorder (tools/recorder) is on the kernel's PYTHONPATH, so it is in every process that a cell starts.
Before each cell the kernel is told to write into that cell's folder.
"""

import ast
import json
import os
import re
import subprocess
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path


from freshness import fingerprint, groups, whole_closure
from modules import library
from notebooks import directives, group, name_cells, read, write
from project import lib_name, root
from slices import depends
from sources import mentions, source

RECORDER = Path(__file__).parent.resolve() / 'recorder'
WIDGET = 'application/vnd.jupyter.widget-view+json'
MEMORY = re.compile(r'cache\b|cached_property\b')  # decorators that keep results


def environment(records, flags):
    "The environment of the kernel: this tree's library, the recorder before it, one thread, pictures inline."
    env = dict(os.environ)
    path = [str(RECORDER), str(root()), *filter(None, [env.get('PYTHONPATH')])]
    env |= {
        'PYTHONPATH': os.pathsep.join(path),
        'OMP_NUM_THREADS': env.get('OMP_NUM_THREADS', '1'),
        'NB_RECORD': str(records / 'start'),
        'NB_CODE': str(records / 'code'),
        'NB_LIB': lib_name(),
        'NB_ROOT': str(root()),
        'LLM_BOOK_READER': '',  # what a person solved stays out of outputs, and runs out of that file
        'MPLBACKEND': 'module://matplotlib_inline.backend_inline',
    }
    if not {'slow', 'net'} & set(flags):
        env['LLM_BOOK_MIRROR'] = ''
    if 'cuda' in flags:
        env['NB_MODULES'] = '1'  # torch.compile cannot see through the recorder's marks
    else:
        env['CUDA_VISIBLE_DEVICES'] = ''  # the same outputs on every machine
    return env


def tidy(cell):
    "Join stream chunks, keep of a line what follows its last carriage return, drop stderr and widgets."
    outs = []
    for o in cell.get('outputs', []):
        if o.output_type == 'stream':
            if o.name == 'stderr':
                continue
            if outs and outs[-1].output_type == 'stream':
                outs[-1].text += o.text
                continue
        if o.get('data', {}).pop(WIDGET, None) and not o.data.keys() - {'text/plain'}:
            continue  # a widget alone; of one with a twin in text or as a picture the twin is kept
        outs.append(o)
    for o in outs:
        if o.output_type == 'stream':
            o.text = re.sub(r'^.*\r(?!\n)', '', o.text, flags=re.M)
    cell.outputs = [] if 'live' in directives(cell) else outs


def look_after_sending(channel):
    """Let the channel look for replies after each message that it sends.

    jupyter_client sends past asyncio. Sending takes the sign that a reply has come, and who waits for it
    is not woken: a cell whose widget made nbclient send something would never end.
    """
    import zmq

    send = channel.send

    def send_and_look(message):
        send(message)
        channel.socket.get(zmq.EVENTS)  # schedules what is there to be read

    channel.send = send_and_look


def execute(nb, path, cells, flags, records, first='', **more):
    "Run these cells in a fresh kernel, each with a record in `records`; `first`: before each cell."
    import nbformat
    from nbclient import NotebookClient

    (records / 'code').mkdir(parents=True)
    client = NotebookClient(
        nb,
        timeout_func=lambda cell: None if {'slow', 'net', 'cuda'} & set(flags) & {group(cell)} else 1200,
        resources={'metadata': {'path': str(Path(path).parent)}},
    )
    ids = {c.id for c in cells}
    with client.setup_kernel(env=environment(records, flags) | more):
        look_after_sending(client.kc.shell_channel)
        for i, cell in enumerate(nb.cells):
            if cell.id in ids:
                place = str(records / 'cells' / cell.id)
                tell = f'import nb_recorder\nnb_recorder.switch({place!r})\n{first}\ndel nb_recorder'
                client.execute_cell(nbformat.v4.new_code_cell(tell), i, store_history=False)
                client.execute_cell(cell, i)
                tidy(cell)


def lines(records):
    "What was noted, as {cell id: set of lines}."
    return {
        folder.name: {line for f in folder.iterdir() for line in f.read_text().splitlines()}
        for folder in (records / 'cells').iterdir()
    }


def keeps_results(module, name):
    "Whether a definition is decorated to keep its results: later cells then use them without running it."
    node = source(module).definitions.get(name)
    return node is not None and any(MEMORY.search(ast.unparse(d)) for d in node.decorator_list)


def with_kept(ran, others, said):
    """`ran` and what filled caches in other cells: kept definitions that are mentioned, and all they mention.

    `said`: what the cells mention.
    """

    def names(found):
        bodies = (source(m).body(q) for m, q in found if source(m).file)
        return frozenset().union(*(b.mentions for b in bodies if b))

    ran, others = set(ran), set(others)
    said = said | names(ran) if others - ran else said
    while found := {d for d in others - ran if d[1].split('.')[-1] in said and keeps_results(*d)}:
        while found:
            ran |= found
            inner = names(found)
            said |= inner
            found = {d for d in others - ran if d[1].split('.')[-1] in inner}
    return ran


def definitions_in(noted, kinds):
    return {tuple(line[2:].split(':', 1)) for line in noted if line[:1] in kinds}


def group_record(nb, flag, noted):
    "The record of a group from the lines of the cells: what ran, which files were read."
    whole = {c.id for c, _, whole in depends(nb, flag) if whole}
    mine = set().union(*(noted.get(cid, set()) for cid in whole))
    every = set().union(*(noted.get(c.id, set()) for c in nb.cells if group(c) in ('plain', flag)))
    modules = {line[2:] for line in every if line[:2] == 'M '}
    ran = definitions_in(mine, 'DI') | definitions_in(every, 'I')
    said = frozenset().union(*(mentions(text) for _, text, _ in depends(nb, flag)))
    ran = with_kept(ran, definitions_in(every, 'D'), said)
    record = {'hash': '', 'commit': commit(), 'python': python(), 'torch': torch_version()}
    if reasons := sorted(line[2:] for line in mine if line[:1] == '!'):
        record['whole'] = reasons[0]
        record['ran'] = whole_closure(nb, flag) | dict.fromkeys(sorted(modules), '*')
    elif flag == 'cuda' or not any(line[:1] in 'DI' for line in every) and os.environ.get('NB_MODULES'):
        record['ran'] = dict.fromkeys(sorted(modules), '*')
    else:
        record['ran'] = {m: ' '.join(sorted(q for n, q in ran if n == m)) for m in sorted(modules)}
    record['files'] = files_in(mine)
    return record


NOT_SOURCE = 'tools/', 'logs/', 'data/', 'nbs/'  # the recorder itself, and what runs leave or fetch


def files_in(noted):
    "Files that were read and folders that were listed; what is not there counts inside the library alone."
    paths = {line[2:] for line in noted if line[:2] in ('F ', 'L ') and not line[2:].startswith(NOT_SOURCE)}
    return sorted(p for p in paths if p.startswith(f'{lib_name()}/') or (root() / p).is_file())


def commit():
    "The commit that is checked out, or ''."
    done = subprocess.run(['git', 'rev-parse', 'HEAD'], capture_output=True, text=True, cwd=root())
    return done.stdout.strip()[:12] if done.returncode == 0 else ''


def python():
    return '.'.join(map(str, sys.version_info[:3]))


def torch_version():
    try:
        return version('torch')
    except ImportError:
        return ''


def changed_since(record):
    "Modules of the record whose file is no longer what this process has read."
    return [m for m in record['ran'] if source(m).file and source(m).file.read_bytes() != source(m).bytes]


def run(path, flags=()):
    "Execute the notebook in a fresh kernel; cells of other flag groups keep their stored outputs."
    from nbformat import from_dict

    asked = Path(path).read_bytes()
    nb, did = from_dict(read(path)), {'plain', *flags}
    name_cells(nb)
    for module in library():
        source(module)  # read now: outputs belong to what stands there at the start
    before = nb.metadata.get('executed', {})
    with tempfile.TemporaryDirectory() as folder:
        records = Path(folder).resolve()
        execute(nb, path, [c for c in nb.cells if group(c) in did], flags, records)
        noted = lines(records)
    kept = {flag: before[flag] for flag in groups(nb) if flag in before and flag not in did}
    for flag in groups(nb):
        if flag in did:
            kept[flag] = group_record(nb, flag, noted)
            if 'cuda' in flags:
                kept[flag]['ran'] = dict.fromkeys(kept[flag]['ran'], '*')
            if changed := changed_since(kept[flag]):
                print(f'{path}: {changed[0]} changed while the notebook ran: its {flag} cells stay stale')
            else:
                kept[flag]['hash'] = fingerprint(nb, flag, kept[flag])
    nb.metadata['executed'] = {flag: kept[flag] for flag in groups(nb) if flag in kept}
    if Path(path).read_bytes() == asked:
        write(nb, path)
        print(f'ran {path}')
    else:
        print(f'{path} was saved by somebody else while it ran: these outputs are dropped, run it again')


def outputs(cell):
    "What a cell printed and showed, for comparison bit by bit; names of temporary folders are none of it."
    shown = [[o.get('name', ''), o.get('text', ''), dict(o.get('data', {}))] for o in cell.get('outputs', [])]
    return json.loads(re.sub(r'/[\w./-]*/tmp\w{8}\b', 'TMP', json.dumps(shown)))


def run_witness(path, flag, cells):
    "Run what the group depends on, then the witness cells; what they computed and which definitions ran."
    from nbformat import from_dict

    nb, runs = from_dict(read(path)), []
    for cell, text, whole in depends(nb, flag):
        if group(cell) == 'plain':
            runs.append(cell if whole else cell | {'source': text})
    nb.cells = [from_dict(c) for c in (*runs, *cells)]
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        folder = Path(folder).resolve()
        places = {'LLM_PROJECT_ROOT': str(folder / 'project'), 'TMPDIR': str(folder / 'tmp')}
        for place in places.values():
            Path(place).mkdir()
        execute(nb, path, nb.cells, [flag], folder, 'nb_recorder.seed()', **places)
        noted = set().union(*lines(folder).values())
    cells = nb.cells
    bits = {c.id: outputs(c) for c in cells if 'live' not in directives(c)}
    return {
        'bits': bits,
        'ran': sorted(f'{m}:{q}' for m, q in definitions_in(noted, 'DI')),
        'modules': sorted(line[2:] for line in noted if line[:2] == 'M '),
        'files': files_in(noted),
        'whole': sorted(line[2:] for line in noted if line[:1] == '!'),
    }
