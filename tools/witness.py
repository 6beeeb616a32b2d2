"""May old outputs of a long group stay? The witness decides: the same work cut to a few steps, then and now.

It runs at the commit whose code made the outputs and at today's tree, each in a temporary project root. The
outputs stay if the notebook's own slice is the same, every definition that changed ran in the witness, all
that the two runs showed is equal bit by bit, and no number changed that a few steps could be too short to
show.
"""

import ast
import json
import os
import re
import subprocess
import sys
import tempfile
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from execution import commit, python, run, run_witness, torch_version
from freshness import fingerprint, parts, record_of, stale
from modules import targets
from notebooks import groups, read, witness, write
from project import nbs_path, root
from sources import FUNCTIONS, source

TOOL = Path(__file__).parent.resolve() / 'nb.py'


def git(*args):
    done = subprocess.run(['git', *args], capture_output=True, text=True, cwd=root())
    return done.stdout.strip() if done.returncode == 0 else None


def inside(path):
    return Path(path).resolve().relative_to(root()).as_posix()


def origins(path, record):
    "Commits that may hold the code that made the outputs: that which stored their hash, the recorded one."
    stored = git('log', '--format=%H', '--reverse', f'-S{record["hash"]}', '--', inside(path)) or ''
    return [c for c in (*stored.split()[:1], record['commit']) if c and git('cat-file', '-t', c) == 'commit']


@contextmanager
def checkout(commit):
    "A temporary worktree of the commit."
    with tempfile.TemporaryDirectory() as folder:
        tree = Path(folder).resolve() / 'tree'
        if git('worktree', 'add', '--detach', str(tree), commit) is None:
            raise ValueError(f'git cannot check out {commit}')
        try:
            yield tree
        finally:
            git('worktree', 'remove', '--force', str(tree))


def described(nb, flag, record):
    "The parts of a group as {key: [digest, kind, numbers, names, plain, text]}."
    found = parts(nb, flag, record)
    return {p.key: [p.digest, p.kind, list(p.numbers), list(p.names), p.plain, p.text] for p in found}


def homes(module):
    "Where the names come from that a module imports: {name: (module, name there)}."
    found = {}
    for node in source(module).imports.values():
        if isinstance(node, ast.ImportFrom):
            home = targets(node, module)[0]
            found |= {alias.asname or alias.name: (home, alias.name) for alias in node.names}
    return found


def follow(record):
    "The record with what is imported now: new modules, and definitions in the module they have moved to."
    ran = dict(record['ran'])
    for module, names in record['ran'].items():
        if names == '*' or not source(module).file:
            continue
        there, moved = homes(module), {}
        for name in names.split():
            first, dot, rest = name.partition('.')
            if name not in source(module).definitions and first in there:
                home, original = there[first]
                moved[name] = home, f'{original}{dot}{rest}'
        for home, name in moved.values():
            if source(home).file and ran.get(home) != '*':
                ran[home] = f'{ran.get(home, "")} {name}'.strip()
        ran[module] = ' '.join(name for name in names.split() if name not in moved)
        ran |= {home: '' for home, _ in there.values() if home not in ran and source(home).file}
    return record | {'ran': ran}


def aligned(old, new):
    "The old side with the keys of today for parts that have moved to another module unchanged."
    parts = dict(old['parts'])
    left = {k for k, part in parts.items() if new['parts'].get(k, ['', 'import'])[1] == 'import' != part[1]}
    gone = {(k.split(':')[1], parts[k][0]): k for k in left if ':' in k}
    for key, part in new['parts'].items():
        if key not in parts and (before := gone.pop((key.split(':')[-1], part[0]), None)):
            parts[key] = parts.pop(before)
    return old | {'parts': parts}


def report(path, flag, asked, out, execute='yes'):
    "One side: what the group's parts are in this tree and, if asked, what the witness computes. For `vouch`."
    (record, cells), nb = json.loads(Path(asked).read_text()), read(path)
    said = {'parts': described(nb, flag, follow(record)), 'hash': fingerprint(nb, flag, record)}
    if execute == 'yes':
        said |= run_witness(path, flag, cells)
        bodies = {name: source(name.split(':')[0]).body(name.split(':')[1]) for name in said['ran']}
        said['numbers'] = {name: list(body.numbers) for name, body in bodies.items() if body}
    Path(out).write_text(json.dumps(said))


def start(tree, path, flag, asked, folder, execute='yes'):
    "Start `report` in a process of its own in that tree; `asked`: the record and today's witness cells."
    out = folder / f'{tree.name}-{execute}.json'
    question = folder / f'{tree.name}-{execute}-asked.json'  # of its own: the other side may be reading its
    question.write_text(json.dumps(asked))
    env = os.environ | {'PYTHONPATH': str(tree)}
    argv = [sys.executable, str(TOOL), 'witness', path, flag, str(question), str(out), execute]
    streams = dict(stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    return subprocess.Popen(argv, cwd=tree, env=env, **streams), out


def finish(process, out):
    error = process.communicate()[1]
    if process.returncode:
        error = re.sub(r'\x1b\[[0-9;]*m', '', error)
        line = ([line for line in error.splitlines() if line.strip()] or ['no reason given'])[-1]
        raise ValueError(f'the witness failed: {line[:200]}')
    return json.loads(out.read_text())


def decided(text):
    "What a signature decides when it is defined: decorators and defaults."
    node = next((n for n in ast.walk(ast.parse(text)) if isinstance(n, FUNCTIONS)), None)
    if node is None:  # it is imported now
        return None
    values = [*node.decorator_list, *node.args.defaults, *filter(None, node.args.kw_defaults)]
    return [ast.unparse(v) for v in values]


def without_more(before, after):
    "The function without those of its parameters that are new and have a default."
    named = lambda a: [*a.posonlyargs, *a.args, *a.kwonlyargs]
    known = {arg.arg for arg in named(before.args)}
    args = after.args
    positional = [*args.posonlyargs, *args.args]
    while positional and args.defaults and positional[-1].arg not in known:
        (args.args if args.args else args.posonlyargs).pop()
        args.defaults.pop()
        positional.pop()
    keywords = list(zip(args.kwonlyargs, args.kw_defaults))
    kept = [(arg, value) for arg, value in keywords if arg.arg in known or value is None]
    args.kwonlyargs, args.kw_defaults = [arg for arg, _ in kept], [value for _, value in kept]
    return after


def only_more(old, new):
    """Whether a class or signature only got more fields, or more parameters, with defaults.

    Code that reads one has changed too, and code that reads all of them runs in the witness.
    """
    before, after = (ast.parse(text).body[0] for text in (old, new))
    if isinstance(before, FUNCTIONS) and isinstance(after, FUNCTIONS):
        return ast.dump(before) == ast.dump(without_more(before, after))
    if not isinstance(before, ast.ClassDef) or not isinstance(after, ast.ClassDef):
        return False
    methods = {node.name: node for node in before.body if isinstance(node, FUNCTIONS)}
    for node in after.body:
        if isinstance(node, FUNCTIONS) and node.name in methods:
            without_more(methods[node.name], node)
    known = {ast.dump(node) for node in before.body}
    more = [node for node in after.body if ast.dump(node) not in known]
    after.body = [node for node in after.body if ast.dump(node) in known]
    fields = all(isinstance(node, ast.AnnAssign) and node.value is not None for node in more)
    return fields and ast.dump(before) == ast.dump(after)


def doubts(old, new):
    "Why the change is none that a witness can settle: [one line each]."
    before, after = old['parts'], new['parts']
    changed = [k for k in before | after if before.get(k, [0])[0] != after.get(k, [0])[0]]
    known = {key.split(':')[0] for key in before}  # what a new module does, it does in the witness too
    out = []
    for key in changed:
        a, b = before.get(key), after.get(key)
        kind = (a or b)[1]
        if kind == 'cell':
            out.append(f'the cell {key} it depends on changed')
        elif kind == 'file':
            out.append(f'{key} changed')
        elif key.split(':')[0] not in known or kind == 'order' and not a:
            continue
        elif kind in ('code', 'class', 'module', 'order') and not (a or b)[4]:
            out.append(f'module-level code changed: {key}')
        elif kind in ('code', 'class') and a and b and not only_more(a[5], b[5]):
            out.append(f'module-level code changed: {key}')
        elif kind in ('signature', 'method') and a and b and decided(a[5]) != decided(b[5]):
            if not only_more(a[5], b[5]):
                out.append(f'a default or decorator changed: {key}')
    if odd := changed_numbers(old, new, changed):
        out.append(f'a number changed ({", ".join(odd[:3])}): a few steps may not show it')
    return out, changed


def changed_numbers(old, new, changed):
    """The numbers that changed code got or lost; one that only moved into new code is none of them.

    What the new code is, is known once the witness has run.
    """
    before, after, tally, fresh = old['parts'], new['parts'], Counter(), Counter()
    for key in changed:
        kinds = {parts[key][1] for parts in (before, after) if key in parts}
        both = key in before and key in after
        if (
            both
            and kinds <= {'code', 'class', 'signature', 'method'}
            and only_more(before[key][5], after[key][5])
        ):
            continue  # whoever reads such a field or parameter has changed as well
        (tally if key in before else fresh).update(after[key][2] if key in after else [])
        tally.subtract(before[key][2] if key in before else [])
    for name in set(new.get('numbers', {})) - set(old.get('ran', [])):
        fresh.update(new['numbers'][name])
    lost = lambda n: 'numbers' in new and tally[n] + fresh[n] < 0
    return sorted(n for n in tally if tally[n] > 0 or lost(n))


def unproven(old, new, changed):
    """Definitions that changed or are gone and did not run in the witness.

    One that is new and did not run can count only through changed code that did.
    """
    ran, out = {'old': set(old['ran']), 'new': set(new['ran'])}, []
    for key in changed:
        if (old['parts'].get(key) or new['parts'].get(key))[1] != 'definition':
            continue
        name = key.removesuffix('()')
        gone = new['parts'].get(key, ['', '', '', '', '', 'missing'])[5] == 'missing'
        if name not in (ran['old'] if gone else ran['new'] & ran['old']):
            out.append(name)
    return out


def verdict(old, new):
    "'' if the old outputs may stay, else why the long run is due."
    said, changed = doubts(old, new)
    if said:
        return said[0]
    if old['whole'] or new['whole']:
        return (old['whole'] or new['whole'])[0]
    if missing := unproven(old, new, changed):
        return f'{missing[0]} changed and did not run in the witness'
    if old['bits'] != new['bits']:
        cells = [c for c in old['bits'] if old['bits'][c] != new['bits'].get(c)]
        return f'the witness computes something else now: #{(cells or ["?"])[0]}'
    return ''


def trial(tree, path, flag, asked, folder):
    "'' and both sides, or why the long run is due; None if this commit's code is not what made the outputs."
    if not (tree / path).exists():
        return None
    then = finish(*start(tree, path, flag, asked, folder, 'no'))
    if then['hash'] != asked[0]['hash']:
        return None
    today = finish(*start(root(), path, flag, asked, folder, 'no'))
    if said := doubts(aligned(then, today), today)[0]:
        return said[0], None
    sides = [start(t, path, flag, asked, folder) for t in (tree, root())]
    old, new = (finish(*side) for side in sides)
    return verdict(aligned(old, new), new), (old, new)


def settle(path, flag, record):
    "'' and the two sides of the witness, or why the long run is due."
    cells = witness(read(path), flag)
    if not cells:
        return f'it has no witness (a cell with `#| witness {flag}`)', None
    if (record['python'], record['torch']) != (python(), torch_version()):
        made_with = f'Python {record["python"]} and torch {record["torch"] or "-"}'
        return f'it ran with {made_with}, not with these', None
    for origin in origins(path, record):
        with checkout(origin) as tree, tempfile.TemporaryDirectory() as folder:
            try:
                found = trial(tree, inside(path), flag, (record, cells), Path(folder).resolve())
            except ValueError as error:
                return str(error), None
            if found:
                return found
    return 'the commit whose code made its outputs is not here (a shallow clone?)', None


def renewed(nb, flag, record, old, new):
    "The record with what the witness ran today and did not run then."
    record, more = follow(record), sorted(set(new['ran']) - set(old['ran']))
    ran = {m: n for m, n in record['ran'].items() if n == '*' or source(m).file}
    for module in new['modules']:
        names = {d.split(':')[1] for d in more if d.split(':')[0] == module}
        if names or module not in old['modules']:
            ran[module] = (
                ran.get(module, '')
                if ran.get(module) == '*'
                else ' '.join(sorted(names | set(ran.get(module, '').split())))
            )
    for module, names in ran.items():
        there = [q for q in names.split() if q in source(module).definitions]
        ran[module] = names if names == '*' else ' '.join(there)
    record = record | {'ran': dict(sorted(ran.items())), 'commit': commit()}
    return record | {'hash': fingerprint(nb, flag, record)}


def vouch(path, flags=()):
    "Renew the hashes of stale long groups whose witness proves nothing changed; False if a long run is due."
    nb, ok = read(path), True
    for flag in groups(nb):
        if flag == 'plain' or flags and flag not in flags or not stale(nb, flag):
            continue
        record = record_of(nb, flag)
        why, sides = settle(path, flag, record) if record else (stale(nb, flag), None)
        if why:
            print(f'{path}: the long run of its {flag} cells is due: {why}')
            ok = False
        else:
            nb.metadata['executed'][flag] = renewed(nb, flag, record, *sides)
            write(nb, path)
            print(f'{path}: its {flag} cells are vouched for: the witness computes the same bits')
    return ok


def books():
    "All notebooks of the book."
    found = nbs_path().rglob('*.ipynb')
    skipped = ('.', '_')
    return sorted(os.path.relpath(p) for p in found if not any(x.startswith(skipped) for x in p.parts[-3:]))


def can_run(flag):
    if flag != 'cuda':
        return True
    import torch

    return torch.cuda.is_available()


def due_groups(path, flags):
    "Why groups of the notebook's cells are stale, by their flags."
    nb = read(path)
    return {f: why for f in groups(nb) if (not flags or f in flags) and (why := stale(nb, f))}


def refresh(paths=(), flags=(), only_list=False):
    "Run what is due: plain cells; long cells by their witness, else by the long run. 1 if something is left."
    due = {path: found for path in paths or books() if (found := due_groups(path, flags))}
    if only_list or len(due) < 2:
        left = sum(refreshed(path, found, only_list) for path, found in due.items())
    else:
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            left = sum(pool.map(lambda path: refreshed_apart(path, flags), due))
    return int(left > 0)


def refreshed(path, due, only_list):
    "Say what is due in the notebook and do it; how many of its groups are left."
    for flag, why in due.items():
        print(f'due: {path}: its {flag} cells ({why})', flush=True)
    if only_list:
        return len(due)
    long = [f for f in due if f != 'plain' and not vouch(path, [f])]
    able = [f for f in long if can_run(f)]
    failed = (able or 'plain' in due) and not tried(path, able)
    return len(long) - len(able) + bool(failed)


def refreshed_apart(path, flags):
    "The same in a process of its own; what it prints comes in one piece."
    asked = ['--flags', ','.join(flags)] if flags else []
    done = subprocess.run([sys.executable, TOOL, 'refresh', *asked, path], stdout=subprocess.PIPE, text=True)
    print(done.stdout, end='', flush=True)
    return done.returncode


def tried(path, flags):
    "Run the notebook; False, and one line, if a cell fails."
    from nbclient.exceptions import CellExecutionError

    try:
        run(path, flags)
    except CellExecutionError as error:
        print(f'{path}: a cell failed: {error.ename}: {error.evalue}'.splitlines()[0], flush=True)
        return False
    return True
