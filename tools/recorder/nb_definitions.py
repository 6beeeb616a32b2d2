"The definitions of a module, by qualified name: one naming for the recorder and for the hashes."

import ast

FUNCTIONS = ast.FunctionDef, ast.AsyncFunctionDef


def inner(node, scope):
    "The definitions inside `node`, which stands in `scope`, as (qualified name, node), in their order."
    for child in ast.iter_child_nodes(node):
        if isinstance(child, (*FUNCTIONS, ast.ClassDef)):
            name = f'{scope}.{child.name}' if scope else child.name
            if isinstance(child, FUNCTIONS):
                yield name, child
            yield from inner(child, name)
        else:
            yield from inner(child, scope)


def definitions(tree):
    "All functions and methods of the tree as {name: node}; a name's second definition is called `name#2`."
    found, seen = {}, {}
    for name, node in inner(tree, ''):
        seen[name] = seen.get(name, 0) + 1
        found[name if seen[name] == 1 else f'{name}#{seen[name]}'] = node
    return found
