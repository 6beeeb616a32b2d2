"""Which cells a group of outputs depends on.

Plain cells depend on all plain cells. A long group (`slow`, `net`, `cuda`) depends on its own cells and on
those plain cells before its last one that bind a name it needs, that may change an object it needs, or that
call something for its effect. Of other cells only the statements count that set what is global: a seed, the
environment, an attribute of a module. Exercises and pictures are taken to change no object. What a call
does to random generators inside is not followed: a long cell that draws numbers seeds itself.
"""

import ast
from dataclasses import dataclass

from notebooks import EXERCISE, bound, group, parsed

DEFS = ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef
SETTERS = ('seed', 'manual_seed', 'set_', 'chdir', 'setattr', 'putenv', 'filterwarnings', 'use_deterministic')
CHANGERS = 'update', 'pop', 'setdefault', 'clear'
WRITES = 'write_text', 'write_bytes', 'open', 'touch', 'unlink', 'rename', 'replace', 'symlink_to', 'rmdir'
HARMLESS = ('test_', 'print', 'assert', 'show', 'plot', 'draw', 'display', 'check_', 'mkdir', 'rmtree')
IMMUTABLE = (ast.Constant, ast.Lambda, ast.JoinedStr)


def binds(*nodes):
    return set(bound(ast.Module(list(nodes), [])))


def local_names(node):
    "Names that belong to a function, lambda or comprehension alone."
    if isinstance(node, (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)):
        return {n.id for g in node.generators for n in ast.walk(g.target) if isinstance(n, ast.Name)}
    a = node.args
    names = {x.arg for x in (*a.posonlyargs, *a.args, *a.kwonlyargs, a.vararg, a.kwarg) if x}
    body = node.body if isinstance(node.body, list) else [node.body]
    inside = [n for b in body for n in ast.walk(b)]
    shared = {name for n in inside if isinstance(n, (ast.Global, ast.Nonlocal)) for name in n.names}
    return names | binds(*body) - shared


def annotations(function):
    "The types in a signature: Python evaluates them when the function is defined."
    args = [n for n in ast.walk(function.args) if isinstance(n, ast.arg)]
    return [t for t in (*(a.annotation for a in args), getattr(function, 'returns', None)) if t]


def loads(node, later, own=frozenset()):
    "Yields (name, whether it is read when a function is called) for the notebook's names that `node` reads."
    if isinstance(node, ast.Name):
        if isinstance(node.ctx, ast.Load) and node.id not in own:
            yield node.id, later
        return
    scope = isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda))
    if scope:
        decorators, defaults = getattr(node, 'decorator_list', []), filter(None, node.args.kw_defaults)
        outside = [*decorators, *node.args.defaults, *defaults, *annotations(node)]
        for child in outside:
            yield from loads(child, later, own)
        body = node.body if isinstance(node.body, list) else [node.body]
        own = own | local_names(node)
        for child in body:
            yield from loads(child, True, own)
        return
    if isinstance(node, (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)):
        own = own | local_names(node)
    for child in ast.iter_child_nodes(node):
        yield from loads(child, later, own)


def reads(nodes):
    "The names that these statements need from before them: (at once, when a function is called)."
    now, later, made = set(), set(), set()
    for node in nodes:
        inside = set()
        if isinstance(node, (ast.For, ast.AsyncFor)):
            inside = binds(ast.Assign([node.target], ast.Constant(0)))
        if isinstance(node, (ast.For, ast.With)) and not inside & made:
            inner = binds(*node.body) if isinstance(node, ast.With) else inside
            inside = inside | inner
        found = list(loads(node, False))
        now |= {n for n, deferred in found if not deferred} - made - inside
        later |= {n for n, deferred in found if deferred}
        if isinstance(node, (*DEFS, ast.Assign, ast.AnnAssign, ast.Import, ast.ImportFrom, ast.With)):
            made |= binds(node)
    return now, later


def root(node):
    "The name that an expression like `a.b[0].c()` starts from, or None."
    while isinstance(node, (ast.Attribute, ast.Subscript, ast.Call, ast.Starred)):
        node = node.func if isinstance(node, ast.Call) else node.value
    return node.id if isinstance(node, ast.Name) else None


def called(node):
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ''


def sets(statement, imports):
    "Whether the statement sets what is global: a seed, the environment, an attribute of a module or class."
    if isinstance(statement, (*DEFS, ast.Import, ast.ImportFrom)):
        return False
    for node in ast.walk(statement):
        if isinstance(node, ast.Call):
            owner = ast.unparse(node.func.value) if isinstance(node.func, ast.Attribute) else ''
            environ = owner.endswith('environ')
            if called(node.func).startswith(SETTERS) or environ and called(node.func) in CHANGERS:
                return True
        elif isinstance(node, (ast.Attribute, ast.Subscript)) and not isinstance(node.ctx, ast.Load):
            if root(node) in imports:
                return True
    return False


def for_effect(statement, fixed):
    "Whether a call stands alone whose function is imported or the notebook's own: it may register something."
    call = statement.value if isinstance(statement, ast.Expr) else None
    return isinstance(call, ast.Call) and root(call) in fixed and not called(call.func).startswith(HARMLESS)


def touched(tree):
    "Names of objects that the cell may change: it calls their methods, hands them on or stores into them."
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            args = [*node.args, *(k.value for k in node.keywords)]
            yield from (n.id for a in args for n in ast.walk(a) if isinstance(n, ast.Name))
            if isinstance(node.func, ast.Attribute):
                yield root(node.func)
            if called(node.func) in WRITES:  # a file: `(folder / 'name').write_text(...)`
                yield from (n.id for n in ast.walk(node.func) if isinstance(n, ast.Name))
        elif isinstance(node, (ast.Attribute, ast.Subscript)) and isinstance(node.ctx, ast.Store):
            yield root(node)
        elif isinstance(node, ast.AugAssign):
            yield root(node.target)


def picture(cell):
    "Whether the cell is there to be looked at: a widget or a picture."
    shown = any(k.startswith('image/') for o in cell.get('outputs', []) for k in o.get('data', {}))
    return shown or 'widgets.' in cell.source or 'interact' in cell.source


def kinds_of_names(cells):
    "Names that stand for functions, classes, modules, unchangeable values; those of them that are imported."
    fixed, imports, variable = set(), set(), set()
    for cell in cells:
        for node in parsed(cell.source).body:
            value = isinstance(node, ast.Assign) and isinstance(node.value, IMMUTABLE)
            imported = isinstance(node, (ast.Import, ast.ImportFrom))
            if imported:
                imports |= binds(node)
            stays = value or imported or isinstance(node, DEFS)
            (fixed if stays else variable).update(binds(node))
    return fixed - variable, imports - variable


@dataclass
class Look:
    "What a cell does, seen once."

    cell: object
    place: int  # in the notebook
    binds: set
    now: set  # names that it needs from before
    later: set  # names that its functions need when they are called
    touches: set  # objects that it may change
    effect: bool  # calls something for its effect
    setters: list  # statements that set what is global

    @classmethod
    def at(cls, cell, place, fixed, imports):
        tree, exercise = parsed(cell.source), bool(EXERCISE.fullmatch(cell.id))
        aside = exercise or picture(cell)
        touches = set() if aside else set(touched(tree)) - fixed
        effect = not exercise and any(for_effect(s, fixed) for s in tree.body[:-1])
        setters = [s for s in tree.body if sets(s, imports)]
        return cls(cell, place, set(bound(tree)), *reads(tree.body), touches, effect, setters)


def wanted(look, takes, looks, fixed):
    "Whether one of the cells taken so far needs what `look` does."
    for t in takes:
        for name in t.now & (look.binds | look.touches):
            between = (o for o in looks if look.place < o.place < t.place)
            if look.place < t.place and not any(name in o.binds for o in between):
                return True
        if t.later & (look.binds | look.touches):
            return True
    return False


def depends(nb, flag):
    """What the outputs of a group depend on, as [(cell, its text that counts, whether that is all of it)].

    Of a cell that only sets something global, the text is that of these statements.
    """
    runs = [(i, c) for i, c in enumerate(nb.cells) if group(c) in ('plain', flag)]
    if flag == 'plain':
        return [(c, c.source, True) for _, c in runs]
    last = max(i for i, c in runs if group(c) == flag)
    runs = [(i, c) for i, c in runs if i <= last]
    fixed, imports = kinds_of_names([c for _, c in runs])
    looks = [Look.at(c, i, fixed, imports) for i, c in runs]
    takes = [k for k in looks if group(k.cell) == flag or k.effect]
    whole = {k.place for k in takes}
    for k in looks:
        if not k.setters or k.place in whole:
            continue
        now, later = reads(k.setters)
        if (now | later) & k.binds:  # they need what their own cell makes
            takes.append(k)
            whole.add(k.place)
        else:
            takes.append(Look(k.cell, k.place, set(), now, later, set(), False, k.setters))
    while now := [k for k in looks if k.place not in whole and wanted(k, takes, looks, fixed)]:
        takes += now
        whole |= {k.place for k in now}
    parts = {k.place: '\n'.join(map(ast.unparse, k.setters)) for k in takes}
    return [(c, c.source if i in whole else parts[i], i in whole) for i, c in runs if i in parts]


def borrowed(nb):
    "Names that plain cells use although only flagged cells make them."
    made, plain = set(), set()
    for cell in nb.cells:
        flag = group(cell)
        if flag is None:
            continue
        tree = parsed(cell.source)
        names = set(bound(tree))
        if flag != 'plain':
            made |= names - plain
        else:
            yield from {n for n, _ in loads(tree, False)} & (made - names)
            plain |= names
            made -= plain


if __name__ == '__main__':
    import sys
    from notebooks import groups, read

    for path in sys.argv[1:]:
        book = read(path)
        for name in groups(book):
            if name != 'plain':
                print(path, name, *(c.id if all else f'({c.id})' for c, _, all in depends(book, name)))
