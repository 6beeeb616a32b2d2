"""Writes down which definitions of the library run, in this process and in those that it starts.

An import hook puts one line at the start of every function of the library: it writes the function's name
the first time. The name is in the file at once, so a process that is killed loses nothing; threads,
processes without `atexit` and code that PyTorch's own threads call are seen too. The environment says
where: NB_RECORD (a folder, one file for each process), NB_LIB (the library's name), NB_ROOT (the project),
NB_MODULES=1 (modules alone: torch.compile cannot see through the extra line). Lines: `M module`, `D
module:name`, `I module:name` (while a module was imported), `F file`, `L folder` (listed), `! why the
record is not complete`.
"""

import ast
import hashlib
import importlib.machinery
import marshal
import os
import sys
from os import O_APPEND, O_CREAT, O_WRONLY, close, getpid, open as os_open, write as os_write

from nb_definitions import definitions

NOT_DATA = {'data', 'logs', 'build', '__pycache__'}  # folders of the project that hold no sources
PROLOGUE = 'import nb_recorder; __seen__, __mark__ = nb_recorder.slot({module!r}, {names!r})'
MARK = '__seen__[{}] or __mark__({})'
state = {'lib': '', 'root': '', 'target': '', 'loading': 0, 'noted': set(), 'slots': []}


def note(line):
    "Append the line to this process's file, once for each target."
    key = (getpid(), line)
    if key in state['noted']:
        return
    state['noted'].add(key)
    fd = os_open(os.path.join(state['target'], str(getpid())), O_WRONLY | O_CREAT | O_APPEND, 0o600)
    try:
        os_write(fd, f'{line}\n'.encode())
    finally:
        close(fd)


def switch(target):
    "From now on records go to the folder `target`; what ran before counts again when it runs again."
    os.makedirs(target, exist_ok=True)
    os.environ['NB_RECORD'] = state['target'] = target
    state['noted'].clear()
    for flags in state['slots']:
        flags[:] = [False] * len(flags)


def seed():
    "Give random generators a fixed state: a witness must not depend on draws that a clock cut short."
    for module, path in (('random', 'seed'), ('numpy', 'random.seed'), ('torch', 'manual_seed')):
        if found := sys.modules.get(module):
            for name in path.split('.'):
                found = getattr(found, name)
            found(0)


def slot(module, names):
    "The flags of a module's definitions, and the function that sets one and writes its name."
    flags = [False] * len(names)

    def mark(i):
        flags[i] = True
        note(f"{'I' if state['loading'] else 'D'} {module}:{names[i]}")

    state['slots'].append(flags)
    note(f'M {module}')
    return flags, mark


def first(body):
    "The place after docstring and `from __future__` imports."
    n = int(
        bool(body)
        and isinstance(body[0], ast.Expr)
        and isinstance(body[0].value, ast.Constant)
        and isinstance(body[0].value.value, str)
    )
    while n < len(body) and isinstance(body[n], ast.ImportFrom) and body[n].module == '__future__':
        n += 1
    return n


def statements(text, like):
    "The statements of `text`, on the line of the node `like`."
    made = ast.parse(text).body
    for statement in made:
        for node in ast.walk(statement):
            ast.copy_location(node, like)
    return made


def marked(source, module):
    "The module's syntax tree with a mark at the start of each definition."
    tree = ast.parse(source)
    found = {} if os.environ.get('NB_MODULES') else definitions(tree)
    for i, node in enumerate(found.values()):
        n = first(node.body)
        node.body[n:n] = statements(MARK.format(i, i), node.body[0])
    n = first(tree.body)
    start = ast.Constant(0, lineno=1, col_offset=0, end_lineno=1, end_col_offset=0)
    tree.body[n:n] = statements(PROLOGUE.format(module=module, names=tuple(found)), start)
    return tree


class Loader(importlib.machinery.SourceFileLoader):
    "Loads a module of the library with marks; the compiled code is kept beside the records."

    def get_code(self, fullname):
        source = self.get_data(self.path)
        key = hashlib.sha256(source + f'{fullname}{os.environ.get("NB_MODULES")}'.encode()).hexdigest()
        kept = os.path.join(os.environ['NB_CODE'], key)
        if os.path.exists(kept):
            return marshal.loads(self.get_data(kept))
        code = compile(marked(source, fullname), self.path, 'exec', dont_inherit=True)
        part = f'{kept}.{getpid()}'
        self.set_data(part, marshal.dumps(code))
        os.replace(part, kept)
        return code

    def exec_module(self, module):
        state['loading'] += 1
        try:
            super().exec_module(module)
        finally:
            state['loading'] -= 1


class Finder:
    "Finds the library's modules as Python does, and loads them with marks."

    @staticmethod
    def find_spec(name, path=None, target=None):
        if name.split('.')[0] != state['lib']:
            return None
        spec = importlib.machinery.PathFinder.find_spec(name, path, target)
        if spec and type(spec.loader) is importlib.machinery.SourceFileLoader:
            spec.loader = Loader(spec.loader.name, spec.loader.path)
        return spec


def inside(path):
    "The path relative to the project, if it is one of its sources that is not a module of the library."
    if not isinstance(path, (str, bytes, os.PathLike)):
        return None
    path = os.path.abspath(os.fsdecode(path))
    if not path.startswith(state['root'] + os.sep):
        return None
    parts = path[len(state['root']) + 1 :].split(os.sep)
    hidden = any(p[:1] in '._' and not p.startswith('__init__') or p.endswith('.egg-info') for p in parts)
    module = parts[0] == state['lib'] and parts[-1].endswith('.py')
    return None if hidden or module or parts[0] in NOT_DATA else '/'.join(parts)


def unwatched(argv, env):
    "Whether a process with these arguments and this environment would not be recorded."
    env = {os.fsdecode(k): os.fsdecode(v) for k, v in (os.environ if env is None else env).items()}
    if isinstance(argv, (str, bytes)):
        argv = [argv]
    words = [os.fsdecode(a) for a in argv]
    python = bool(words) and 'python' in os.path.basename(words[0])
    blind = python and any(w in ('-I', '-E', '-S') for w in words[1:3])
    path = env.get('PYTHONPATH', '').split(os.pathsep)
    return blind or not env.get('NB_RECORD') or os.path.dirname(__file__) not in path


def hook(event, args):
    "Audit hook: files of the project that are read, folders of the library that are listed, lost children."
    if event == 'open':
        reads = args[1] is None or not set(str(args[1])) & set('wax')
        path = reads and isinstance(args[0], (str, bytes)) and inside(args[0])
        if path:
            note(f'F {path}')
    elif event in ('os.listdir', 'os.scandir'):
        caller = sys._getframe(1).f_code.co_filename
        path = None if caller.startswith('<frozen importlib') else inside(args[0])
        if path and path.split('/')[0] == state['lib']:
            note(f'L {path}')
    elif event in ('subprocess.Popen', 'os.posix_spawn', 'os.exec'):
        if unwatched(args[1], args[-1]):
            note('! a process was started that could not be recorded')


def start():
    "Begin to record, as the environment says."
    state.update(lib=os.environ['NB_LIB'], root=os.environ['NB_ROOT'], target=os.environ['NB_RECORD'])
    os.makedirs(state['target'], exist_ok=True)
    sys.meta_path.insert(0, Finder)
    sys.addaudithook(hook)
