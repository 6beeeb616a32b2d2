"""Write, run and check the notebooks from a shell.

python tools/nb.py show  NB > ch.txt            # cells as plain text
python tools/nb.py apply NB < ch.txt            # and back; cells are matched by id
python tools/nb.py clean NB ...                 # readable ids; removes what JupyterLab leaves
python tools/nb.py format [--check] PATH ...    # code as ruff writes it; folders and Python files too
python tools/nb.py move  A#id [A#id ...] B[#id] # cells with outputs and records, to the end or after #id
python tools/nb.py run   NB ...                 # execute in a kernel, store clean outputs
python tools/nb.py run   --flags slow NB ...    # with the cells of these flag groups
python tools/nb.py check NB ...                 # are the stored outputs fresh and clean?
python tools/nb.py vouch [--flags slow] NB ...  # may old outputs of long cells stay? by their witness
python tools/nb.py refresh [--list] [--flags plain,slow] [NB ...]    # run whatever is due (default: all)
python tools/nb.py fix                          # all of it, but for long runs; then what is left to do
"""

import sys

VERBS = 'show, apply, clean, format, move, run, check, vouch, refresh, fix'


def option(args, name):
    "The value after `--name`, and the other arguments."
    if name not in args:
        return None, args
    i = args.index(name)
    if i + 1 == len(args):
        raise ValueError(f'{name} needs a value')
    return args[i + 1], args[:i] + args[i + 2 :]


def main(verb, args):
    "Do it; the exit code."
    value, paths = option(args, '--flags')
    flags = value.split(',') if value else []
    if verb in ('show', 'apply', 'clean'):
        import notebooks

        for path in paths:
            getattr(notebooks, verb)(path)
    elif verb == 'format':
        from formatting import format_all

        return int(not format_all([p for p in paths if p != '--check'], '--check' in paths))
    elif verb == 'fix':
        from fix import fix

        return int(not fix())
    elif verb == 'check':
        from freshness import check

        return int(not all([check(path) for path in paths]))
    elif verb == 'run':
        from execution import run

        for path in paths:
            run(path, flags)
    elif verb == 'move':
        from moving import move

        move(*paths)
    elif verb == 'vouch':
        from witness import vouch

        return int(not all([vouch(path, flags) for path in paths]))
    elif verb == 'refresh':
        from witness import refresh

        return refresh([p for p in paths if p != '--list'], flags, '--list' in paths)
    elif verb == 'witness':  # one run, for vouch: NOTEBOOK FLAG FILE
        from witness import report

        report(*paths)
    else:
        raise ValueError(f'no verb {verb!r}; there are {VERBS}')
    return 0


if __name__ == '__main__':
    try:
        sys.exit(main(sys.argv[1] if sys.argv[1:] else '', sys.argv[2:]))
    except (ValueError, FileNotFoundError) as error:
        sys.exit(f'error: {error}')
