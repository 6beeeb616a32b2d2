"""Copies of the notebooks to work in: `python tools/copies.py student|zh [FOLDER]`.

student: without solutions, and without the stored outputs of cells with `#| predict`.
zh: in Chinese, where there is a translation (nbs/zh); outputs come when the cells run, but for the table
of contents, which is there at once.

A copy that somebody edited is kept, and named; the others are written anew.
"""

import json
import sys
from pathlib import Path

from nbclient import NotebookClient
from notebooks import directives, hidden, load, new_cell, node, split
from project import nbs_path, root
from sources import digest
from translation import file_of, languages, read_pairs, translated

SETS = 'from llm_book.core.reader import chapter\n\nchapter({!r}, {!r})'


def without_solutions(nb):
    "The notebook for somebody who wants to solve and predict by himself."
    nb.cells = [c for c in nb.cells if not (c.cell_type == 'code' and c.id.endswith('-solution'))]
    for cell in nb.cells:
        if 'predict' in directives(cell):
            cell.update(outputs=[], execution_count=None)
    return nb


def in_language(nb, chapter, language):
    "The notebook in another language, if it is translated; its first code cell says so to the library."
    path = file_of(language, chapter)
    if not path.exists():
        return nb
    nb = translated(nb, read_pairs(path), language)
    for cell in nb.cells:
        if cell.cell_type == 'code':
            cell.update(outputs=[], execution_count=None)
    tells = node(new_cell('#| fold\n' + SETS.format(chapter, language)) | {'id': 'language'})
    tells.metadata['jupyter'] = dict.fromkeys(hidden(tells), True)
    nb.cells.insert(1, tells)
    if chapter == 'index':  # readers begin here: the table of contents is there before anything runs
        NotebookClient(nb, kernel_name='python3', record_timing=False).execute()
    return nb


def cells_digest(raw):
    "A hash of the cells' sources."
    return digest(json.dumps([''.join(c['source']) for c in raw['cells']]))


def edited(path):
    "Whether the copy is no longer what was written; one that cannot be read counts as edited."
    try:
        raw = json.loads(path.read_text(encoding='utf-8'))
        return raw['metadata'].get('copied') != cells_digest(raw)
    except (ValueError, KeyError, TypeError, AttributeError):
        return True


def write_copy(nb, path):
    "Write the copy with the hash of its cells; False if an edited one stands there."
    raw = dict(nb) | {'cells': [split(cell) for cell in nb.cells]}
    raw['metadata'] = {k: v for k, v in nb.metadata.items() if k != 'executed'}
    raw['metadata']['copied'] = cells_digest(raw)
    if path.exists():
        if edited(path):
            return False
        if json.loads(path.read_text(encoding='utf-8'))['metadata']['copied'] == raw['metadata']['copied']:
            return True  # the same cells: outputs of one's own stay
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(raw, indent=1, ensure_ascii=False) + '\n', encoding='utf-8')
    return True


def copies(kind, folder):
    "Make all copies of a kind; the paths of those that were kept because they are edited."
    kept = []
    for path in sorted(nbs_path().rglob('*.ipynb')):
        if '.ipynb_checkpoints' in path.parts:
            continue
        name, nb = path.relative_to(nbs_path()), load(path)
        chapter = name.with_suffix('').as_posix()
        nb = without_solutions(nb) if kind == 'student' else in_language(nb, chapter, kind)
        if not write_copy(nb, folder / name):
            kept.append(folder / name)
    return kept


if __name__ == '__main__':
    kinds, (kind, *rest) = ['student', *languages()], sys.argv[1:] or ['']
    if kind not in kinds or len(rest) > 1:
        sys.exit(f'{__doc__}\nThere are {", ".join(kinds)}.')
    try:
        folder = Path(rest[0]) if rest else root() / kind
        for path in copies(kind, folder):
            print(f'{path} is edited and was kept: move it away to get it anew')
        print(f'the copies are in {folder}')
    except (ValueError, OSError) as error:
        sys.exit(f'error: {error}')
