"""What a commit checked and the working tree no longer does: `python tools/lost.py COMMIT`.

Lists check cells (cells with a test_eq, test_close, test_fail or assert), exercises and tests of that commit
that are not here word for word. A check cell may have moved to any notebook; of one that was changed the
checks that vanished are shown. Imports of the library and comments do not count.
"""

import ast
import json
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

CHECKS = {'test_eq', 'test_close', 'test_fail', 'test_ne', 'test_is'}


def normal(source):
    "The syntax tree of a cell without magics and without imports of the library."
    tree = ast.parse(re.sub(r'^[ \t]*[%!].*$', 'pass', source, flags=re.M))
    tree.body = [
        n
        for n in tree.body
        if not (isinstance(n, ast.ImportFrom) and (n.module or '').startswith('llm_book'))
    ]
    return tree


def checks(tree):
    "The asserts and calls of fastcore's tests in a cell, as text."
    for node in ast.walk(tree):
        called = isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in CHECKS
        if called or isinstance(node, ast.Assert):
            yield ast.unparse(node)


def state(files):
    "Check cells, exercises and tests as {text: place}, and a Counter of the check statements."
    cells, exercises, tests, statements = {}, {}, {}, Counter()
    for path, text in files:
        if path.endswith('.py'):
            for node in ast.walk(ast.parse(text)):
                if isinstance(node, ast.FunctionDef) and node.name.startswith('test_'):
                    tests[node.name] = path
            continue
        for cell in json.loads(text)['cells']:
            if cell['cell_type'] != 'code':
                continue
            tree, place = normal(''.join(cell['source'])), f'{path} #{cell.get("id")}'
            found = list(checks(tree))
            if found:
                cells[ast.unparse(tree)] = place
            if re.fullmatch(r'ex\d+', cell.get('id', '')):
                exercises[ast.unparse(tree)] = place
            statements.update(found)
    return cells, exercises, tests, statements


def at_commit(commit):
    "(path, text) of the notebooks and tests of a commit."

    def git(*args):
        return subprocess.run(['git', *args], capture_output=True, text=True, check=True).stdout

    for path in git('ls-tree', '-r', '--name-only', commit, 'nbs', 'tests').splitlines():
        if path.endswith(('.ipynb', '.py')):
            yield path, git('show', f'{commit}:{path}')


def here():
    "(path, text) of the notebooks and tests of the working tree."
    for path in sorted([*Path('nbs').rglob('*.ipynb'), *Path('tests').rglob('*.py')]):
        if '.ipynb_checkpoints' not in path.parts:
            yield str(path), path.read_text(encoding='utf-8')


def main(commit):
    before, now = state(at_commit(commit)), state(here())
    for what, b, n in zip(('check cells', 'exercises', 'tests'), before, now):
        gone = {text: place for text, place in b.items() if text not in n}
        print(f'{what}: {len(b)} then, {len(n)} now, {len(gone)} not here word for word')
        for text, place in gone.items():
            if what == 'tests':
                print(f'  {place} {text}')
            elif what == 'exercises':
                print(f'  {place}')
            else:
                lost = [c for c in checks(ast.parse(text)) if c not in now[3]]
                print(f'  {place}: {len(lost)} of its {len(list(checks(ast.parse(text))))} checks')
                for c in lost:
                    print(f'      {c[:140]}')
    print(f'check statements: {before[3].total()} then, {now[3].total()} now')


if __name__ == '__main__':
    if len(sys.argv) != 2:
        sys.exit('usage: python tools/lost.py COMMIT')
    main(sys.argv[1])
