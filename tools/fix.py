"""`make fix`: from what JupyterLab or an editor left to a tree that the gate accepts, and what is left to do.

Nothing is written unless every notebook can be read, and git keeps what stood there before.
"""

import os
import re
import subprocess
import sys
from pathlib import Path

from formatting import format_cells, format_files, not_python, ruff
from freshness import complaints
from notebooks import CONFLICT, load, name_cells, write
from project import lib_name, root
from witness import books, git, refresh

AT_MOST = 8  # lines of a kind that are shown
SOURCE = re.compile(r'File to edit: (\S+\.ipynb)')
NOT_NOTEBOOKS = 'tools', 'tests', 'docs', 'setup.py'  # Python that people write


def readable(path):
    "The notebook, or None, and a line for each thing that keeps the tools from reading it."
    try:
        nb = load(path)
    except ValueError as error:
        return None, [str(error)]
    marks = [n for n, cell in enumerate(nb.cells, 1) if CONFLICT.match(cell.source.lstrip('`'))]
    lines = [
        f'{path}: a merge conflict begins at cell {n}: keep one side and delete the marks' for n in marks
    ]
    return nb, lines or list(not_python(nb, path))


def there(*names):
    "Those of these files and folders of the project that exist."
    return [str(root() / name) for name in names if (root() / name).exists()]


def tidy(nbs):
    "Readable ids and formatted code, in notebooks and in Python files."
    format_cells(nbs.values())
    for path, nb in nbs.items():
        if count := name_cells(nb):
            print(f'{path}: {count} cells got a readable id')
        write(nb, path)
    format_files(there(*NOT_NOTEBOOKS), check=False)


def python(*args):
    "Run Python in the project's folder, with its library; the last line of its error, or ''."
    path = os.pathsep.join(filter(None, [str(root()), os.environ.get('PYTHONPATH')]))
    done = subprocess.run(
        [sys.executable, *args],
        cwd=root(),
        env=os.environ | {'PYTHONPATH': path},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    return (done.stderr.strip().splitlines() or ['no reason given'])[-1] if done.returncode else ''


def edited_by_hand(changed):
    "The generated modules among the changed files whose notebook is not among them: {path: text}."
    texts = {
        name: (root() / name).read_text(encoding='utf-8')
        for name in changed
        if name.startswith(f'{lib_name()}/') and name.endswith('.py') and (root() / name).exists()
    }
    sources = {name: SOURCE.search(text) for name, text in texts.items()}
    return {
        name: texts[name]
        for name, source in sources.items()
        if source and os.path.normpath(Path(name).parent / source[1]) not in changed
    }


def export(changed, kept):
    "Write the library; a line for each module that was edited by hand and is now its notebook's again."
    edited = edited_by_hand(changed)
    if error := python('-c', 'from nbdev.doclinks import nbdev_export; nbdev_export()'):
        raise ValueError(f'nbdev_export failed: {error}')
    lost = [name for name, text in edited.items() if (root() / name).read_text(encoding='utf-8') != text]
    return [
        f'{name} is generated: carry your edit over into its notebook (git show {kept}:{name})'
        for name in lost
    ]


def readmes():
    "Refresh what the READMEs show; a line if that failed."
    scripts = there('tools/readme.py')
    error = python(*scripts) if scripts else ''
    return [f'tools/readme.py failed: {error}'] if error else []


def listed(title, lines):
    "Print lines under a title, the first of them if there are many."
    rest = [f'and {len(lines) - AT_MOST} more'] if len(lines) > AT_MOST else []
    if lines:
        print('\n    '.join([title, *lines[:AT_MOST], *rest]))


def fix():
    "Do what can be done in short time and say what is left; False if the gate would refuse the tree."
    found = {path: readable(path) for path in books()}
    if wrong := [line for _, lines in found.values() for line in lines]:
        listed('nothing is changed yet, first mend:', wrong)
        return False
    changed = (git('diff', '--name-only', 'HEAD') or '').splitlines()
    if kept := (git('stash', 'create') or '')[:12]:
        print(f'before: git diff {kept} shows what changes now, git checkout {kept} -- FILE takes it back')
    tidy({path: nb for path, (nb, _) in found.items()})
    left = export(changed, kept)
    refresh(flags=['plain'])
    left += readmes()
    left += [f'{path}: {line}' for path in books() for line in complaints(path)]
    left += ruff('check', '-q', '--output-format', 'concise', *there(lib_name(), *NOT_NOTEBOOKS))[
        0
    ].splitlines()
    listed('left to do:', left)
    if not left:
        print('nothing is left to do: commit, then make test')
    return not left
