"""What can influence a result: the library's modules, cut into definitions and statements.

A hash covers of every module that was imported: the definitions that ran, and its statements at module
level (imports, constants, tables, classes, signatures). A statement that only binds a name which none of
the covered code mentions is left out, so a new function does not make everything stale; one that does more
(calls something, registers, is found under its name by others: `__getattr__`, a method of a class with
bases) always counts.
"""

import ast
import builtins
import copy
import hashlib
import json
import re
import sys
from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path

from modules import library_file, relative, targets
from project import lib_name, root

sys.path.insert(0, str(Path(__file__).parent / 'recorder'))
from nb_definitions import FUNCTIONS, definitions  # noqa: E402

QUIET = {
    'property',
    'staticmethod',
    'classmethod',
    'dataclass',
    'cache',
    'lru_cache',
    'cached_property',
    'functools.cache',
    'functools.lru_cache',
    'functools.cached_property',
    'contextmanager',
    'contextlib.contextmanager',
    'torch.no_grad',
    'torch.inference_mode',
    'dataclasses.dataclass',
}
SAFE_BASES = 'nn.Module', 'Module', 'Protocol', 'NamedTuple'
CALM = (
    ast.Constant,
    ast.Name,
    ast.Attribute,
    ast.Tuple,
    ast.List,
    ast.Dict,
    ast.Set,
    ast.UnaryOp,
    ast.BinOp,
    ast.Lambda,
    ast.Subscript,
    ast.Slice,
    ast.expr_context,
    ast.operator,
    ast.unaryop,
    ast.keyword,
    ast.arguments,
    ast.arg,
)
EVERYTHING = {'globals', 'getmembers', 'getsource', '__subclasses__', 'import_star'}  # they see any name


@dataclass
class Part:
    "A piece of code that counts as a whole."

    key: str  # where it stands: `module:name`
    text: str  # without comments and docstrings
    names: tuple = ()  # that it binds
    kind: str = 'code'  # code, import, signature, method, class
    plain: bool = False  # it only binds these names
    mentions: frozenset = field(default=frozenset(), repr=False)
    numbers: tuple = field(default=(), repr=False)

    @cached_property
    def digest(self):
        return digest(self.text)


def digest(text):
    return hashlib.sha256(text.encode() if isinstance(text, str) else text).hexdigest()[:16]


def is_text(node):
    constant = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    return constant and isinstance(node.value.value, str)


def bodies(node, hollow, own=False):
    "Every (node, body without what does not count) in the tree; those of definitions are empty if `hollow`."
    body = getattr(node, 'body', None)
    if hollow and not own and isinstance(node, FUNCTIONS):
        yield node, [ast.Pass()]
        return
    if isinstance(body, list):
        yield node, [n for n in body if not is_text(n)] or [ast.Pass()]
    for child in ast.iter_child_nodes(node):
        yield from bodies(child, hollow)


def bare(tree, hollow=False, own=False):
    """Code without comments and docstrings.

    `hollow`: without the bodies of its definitions too, but for that of `tree` itself if it is `own`.
    """
    changes = [(node, node.body, body) for node, body in bodies(tree, hollow, own)]
    for node, _, body in changes:
        node.body = body
    text = ast.unparse(tree)
    for node, body, _ in changes:
        node.body = body
    return text


def mentions(text):
    "Every name that the code could look something up by: identifiers, attributes, words in strings."
    found = re.findall(r'[^\W\d]\w*', text)
    return frozenset(found + ['import_star'] * bool(re.search(r'\bimport \*', text)))


def numbers(text):
    "The numbers in the code, those in quotes too; 0 and 1 aside."
    found = [n.value for n in ast.walk(ast.parse(text)) if isinstance(n, ast.Constant)]
    said = (v for v in found if type(v) in (int, float, complex) and v not in (0, 1))
    quoted = (v for v in found if isinstance(v, str) and re.fullmatch(r'[\d.]*\d', v))
    return tuple(sorted(map(repr, [*said, *quoted])))


def part(key, tree, hollow=False, **kind):
    text = bare(tree, hollow)
    return Part(key, text, mentions=mentions(text), numbers=numbers(text), **kind)


def calm(*nodes):
    "Whether evaluating these expressions changes nothing."
    return all(isinstance(n, CALM) for node in nodes if node for n in ast.walk(node))


def quiet(decorators, bindings):
    "Whether these decorators only wrap, and are what their names say."
    for node in decorators:
        name = ast.unparse(node.func if isinstance(node, ast.Call) else node)
        if name not in QUIET or bindings.get(name.split('.')[0], 'import') != 'import':
            return False
    return True


def calm_function(node, bindings):
    a = node.args
    return quiet(node.decorator_list, bindings) and calm(*a.defaults, *a.kw_defaults)


def safe_base(node):
    kind = getattr(builtins, node.id, None) if isinstance(node, ast.Name) else None
    return kind is object or isinstance(kind, type) and issubclass(kind, BaseException)


def calm_class(node, bindings):
    "Whether the class statement only makes a class."

    def harmless(n):
        if isinstance(n, FUNCTIONS):
            return calm_function(n, bindings)
        return plain_statement(n, bindings) or is_text(n)

    known = all(safe_base(b) or ast.unparse(b) in SAFE_BASES for b in node.bases)
    known = known and not node.keywords and quiet(node.decorator_list, bindings)
    return known and all(map(harmless, node.body))


def plain_statement(node, bindings):
    "Whether the statement does nothing but bind names of its own."
    if isinstance(node, FUNCTIONS):
        return calm_function(node, bindings) and not node.name.startswith('__')
    if isinstance(node, ast.ClassDef):
        return calm_class(node, bindings)
    if isinstance(node, ast.Assign):
        own = all(isinstance(t, ast.Name) and not t.id.startswith('__') for t in node.targets)
        return own and calm(node.value)
    if isinstance(node, ast.AnnAssign):
        return isinstance(node.target, ast.Name) and (node.value is None or calm(node.value))
    return isinstance(node, ast.Pass)


def names_of(node):
    "The names that a statement at module level binds."
    if isinstance(node, (*FUNCTIONS, ast.ClassDef)):
        return (node.name,)
    if isinstance(node, (ast.Import, ast.ImportFrom)):
        return tuple((a.asname or a.name).split('.')[0] for a in node.names)
    stores = (n for n in ast.walk(node) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store))
    return tuple(sorted({n.id for n in stores}))


def one_import(node, module, modules):
    "Whether an import statement runs nothing new: the standard library, or modules that are covered anyway."
    lib = lib_name()
    for name in targets(node, module):
        top = name.split('.')[0]
        if top == lib and library_file(name) and name not in modules:
            return False
        if top != lib and top not in sys.stdlib_module_names:
            return False
    return all(a.name != '*' for a in node.names)


class Source:
    "A module of the library: its statements and its definitions."

    def __init__(self, module):
        self.module, self.file = module, library_file(module)
        self.bytes = self.file.read_bytes() if self.file else b''
        tree = ast.parse(self.bytes)
        self.definitions = definitions(tree)
        self.imports, self.parts, self.keys, self.bodies, bindings = {}, [], {}, {}, {}
        for node in tree.body:
            kind = 'import' if isinstance(node, (ast.Import, ast.ImportFrom)) else 'code'
            for name in names_of(node):
                bindings[name] = kind if bindings.get(name, kind) == kind else 'code'
        for node in tree.body:
            if names_of(node) != ('__all__',):  # nbdev writes it; star imports count everything
                self.add(node, bindings)
        order = ' '.join(p.key.split(':')[1] for p in self.parts if p.kind == 'code' and not p.plain)
        self.parts.append(Part(f'{module}:', order, kind='order'))

    def key(self, names):
        "The name of a part; a second one that binds the same is `...#2`."
        base = f"{self.module}:{','.join(names) or 'statement'}"
        self.keys[base] = self.keys.get(base, 0) + 1
        return base if self.keys[base] == 1 else f'{base}#{self.keys[base]}'

    def add(self, node, bindings):
        "Note the statement as parts."
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            for alias in node.names:
                one = copy.copy(relative(node, self.module))
                one.names = [alias]
                self.imports[len(self.parts)] = one
                self.parts.append(part(self.key(names_of(one)), one, names=names_of(one), kind='import'))
            return
        names = names_of(node)
        key = self.key(names)
        kind = 'class' if isinstance(node, ast.ClassDef) else 'code'
        if isinstance(node, FUNCTIONS):
            kind = 'signature'
        plain = plain_statement(node, bindings)
        if kind == 'class':
            node = self.without_methods(node, key)
        if not is_text(node):
            self.parts.append(part(key, node, hollow=True, names=names, kind=kind, plain=plain))

    def without_methods(self, node, key):
        "The class without its methods' signatures: parts of their own where nobody else looks for them."
        if not all(safe_base(b) for b in node.bases) or node.keywords:
            return node
        rest = []
        for child in node.body:
            if isinstance(child, FUNCTIONS) and not child.name.startswith('__') and calm_function(child, {}):
                known = dict(names=(child.name,), kind='method', plain=True)
                self.parts.append(part(f'{key}.{child.name}', child, hollow=True, **known))
            else:
                rest.append(child)
        return ast.ClassDef(node.name, node.bases, node.keywords, rest or [ast.Pass()], node.decorator_list)

    def body(self, name):
        "A definition without the bodies of those inside it, or None if it is gone."
        if name not in self.definitions:
            return None
        if name not in self.bodies:
            node = copy.copy(self.definitions[name])
            node.decorator_list = []
            text = bare(node, hollow=True, own=True)
            self.bodies[name] = Part(
                f'{self.module}:{name}()',
                text,
                kind='definition',
                mentions=mentions(text),
                numbers=numbers(text),
            )
        return self.bodies[name]


@cache
def source(module):
    return Source(module)


def file_text(path):
    "What counts of a file of the project that cells read: of a notebook its cells, of a folder its names."
    place = root() / path
    if place.is_dir():
        return '\n'.join(sorted(p.name for p in place.iterdir() if p.name != '__pycache__'))
    if not place.is_file():
        return 'missing'
    if place.suffix == '.ipynb':
        cells = json.loads(place.read_text(encoding='utf-8'))['cells']
        return json.dumps([''.join(c['source']) for c in cells])
    return place.read_bytes().decode('utf-8', 'replace')


def covered(ran, files, said):
    """The parts of the library that count for code which mentions `said`.

    `ran` is {module: names of the definitions that ran, or None for all}.
    """
    found, waiting, modules = [Part(f'file {f}', file_text(f), kind='file') for f in files], [], set(ran)
    for module, names in ran.items():
        src = source(module)
        if src.file is None:
            found.append(Part(f'{module}:', 'missing', kind='module'))
            continue
        imports = {n: one_import(node, module, modules) for n, node in src.imports.items()}
        forced = {word.split('#')[0] for name in names or () for word in name.split('.')}
        for n, p in enumerate(src.parts):
            plain = imports.get(n, p.plain) and names is not None and not set(p.names) & forced
            (waiting if plain else found).append(p)
        found += [
            src.body(n) or Part(f'{module}:{n}()', 'missing', kind='definition')
            for n in (src.definitions if names is None else names)
        ]
    said = set(said).union(*(p.mentions for p in found))
    said = said.union(*(mentions(p.text) for p in found if p.kind == 'file'))
    while now := [p for p in waiting if EVERYTHING & said or not said.isdisjoint(p.names)]:
        waiting = [] if EVERYTHING & said else [p for p in waiting if said.isdisjoint(p.names)]
        found += now
        said = said.union(*(p.mentions for p in now))
    return found
