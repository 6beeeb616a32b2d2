"Cells moved from one notebook to another, with outputs and records."

from pathlib import Path

from freshness import fingerprint, record_of, stale
from notebooks import group, groups, new_notebook, read, write


def place(text):
    path, _, cid = text.partition('#')
    return path, cid


def cell_at(nb, path, cid):
    found = next((i for i, c in enumerate(nb.cells) if c.id == cid), None)
    if found is None:
        raise ValueError(f'{path} has no cell {cid!r}; python tools/nb.py show {path} lists them')
    return found


def union(one, other):
    "A record that covers what two records cover."
    ran = dict(one['ran'])
    for module, names in other['ran'].items():
        mine = ran.get(module, '')
        both = '*' if '*' in (mine, names) else ' '.join(sorted({*mine.split(), *names.split()}))
        ran[module] = both
    return one | {'ran': dict(sorted(ran.items())), 'files': sorted({*one['files'], *other['files']})}


def carry(old, new, flags, was_fresh):
    """Records of long groups whose cells moved: the new notebook's covers both, and is fresh if both were.

    What else the cells depended on stays: whoever moves them sees to it that the new place has the same.
    The plain cells of both notebooks have to run again, which finds a name that is missing.
    """
    executed, mine = new.metadata.setdefault('executed', {}), old.metadata.get('executed', {})
    for flag in flags - {'plain'}:
        record, there = mine.get(flag), record_of(new, flag)
        if not was_fresh.get(flag) or flag in executed and not was_fresh.get(('new', flag)):
            executed.pop(flag, None)
            continue
        merged = union(there, record) if there else dict(record)
        executed[flag] = merged | {'hash': fingerprint(new, flag, merged)}


def move(*texts):
    "Move cells `A.ipynb#id ...` to the end of `B.ipynb`, or after its cell: `B.ipynb#id`."
    *froms, to = texts
    if not froms or not all('#' in f for f in froms):
        raise ValueError('move needs NOTEBOOK#CELL [NOTEBOOK#CELL ...] NOTEBOOK[#CELL]')
    target, after = place(to)
    new = read(target) if Path(target).exists() else new_notebook()
    at = cell_at(new, target, after) + 1 if after else len(new.cells)
    for source in dict.fromkeys(place(f)[0] for f in froms):
        old, ids = read(source), [cid for f in froms for path, cid in [place(f)] if path == source]
        cells = [old.cells[cell_at(old, source, cid)] for cid in ids]
        if clash := {c.id for c in new.cells} & set(ids):
            raise ValueError(f'{target} has a cell {clash.pop()!r} already: rename one of the two')
        fresh = {g: not stale(old, g) for g in groups(old)}
        fresh |= {('new', g): not stale(new, g) for g in groups(new)}
        old.cells = [c for c in old.cells if c.id not in ids]
        new.cells[at:at] = cells
        at += len(cells)
        flags = {group(c) for c in cells} - {None}
        carry(old, new, flags, fresh)
        executed = old.metadata.get('executed', {})
        for flag in flags - {'plain'}:
            if flag not in groups(old):
                executed.pop(flag, None)
            elif fresh[flag]:
                executed[flag]['hash'] = fingerprint(old, flag, executed[flag])
        write(old, source)
        write(new, target)
        print(f'moved {len(cells)} cells from {source} to {target}')
