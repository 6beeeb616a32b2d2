"The library's modules: their files, and what an import statement imports."

import ast
from functools import cache

from project import lib_path


def targets(node, module):
    "The absolute names of what an import statement imports; `module` is where it stands."
    if isinstance(node, ast.Import):
        return [a.name for a in node.names]
    base = node.module or ''
    if node.level:
        home = module.split('.') if is_package(module) else module.split('.')[:-1]
        base = '.'.join([*home[: len(home) - node.level + 1], *filter(None, [node.module])])
    return [base, *(f'{base}.{a.name}' for a in node.names)]


def relative(node, module):
    """The import statement as nbdev writes it, relative to the package of `module`.

    It leaves `from lib.x import (` absolute where the statement's last line is short, as ruff formats it.
    """
    library = lib_path().name
    if not isinstance(node, ast.ImportFrom) or node.level or (node.module or '').split('.')[0] != library:
        return node
    home = module.split('.') if is_package(module) else module.split('.')[:-1]
    target = node.module.split('.')
    shared = next((n for n, (a, b) in enumerate(zip(home, target)) if a != b), min(len(home), len(target)))
    return ast.ImportFrom('.'.join(target[shared:]) or None, node.names, len(home) - shared + 1)


@cache
def library_file(module):
    "The file that Python would import as this module of the library, or None."
    place = lib_path().parent.joinpath(*module.split('.'))
    return next((f for f in (place / '__init__.py', place.with_suffix('.py')) if f.is_file()), None)


def is_package(module):
    file = library_file(module)
    return file is not None and file.name == '__init__.py'


def library():
    "The names of all modules of the library."
    for file in sorted(lib_path().rglob('*.py')):
        parts = file.relative_to(lib_path().parent).with_suffix('').parts
        yield '.'.join(parts[:-1] if parts[-1] == '__init__' else parts)


def imported(modules, seen=None):
    "These modules of the library and all that they import anywhere, by what is written."
    seen = set() if seen is None else seen
    for module in modules:
        file = library_file(module)
        if file is None or module in seen or not module.startswith(lib_path().name):
            continue
        seen.add(module)
        tree = ast.parse(file.read_bytes())
        nodes = (n for n in ast.walk(tree) if isinstance(n, (ast.Import, ast.ImportFrom)))
        imported([t for n in nodes for t in targets(n, module)], seen)
    return seen
