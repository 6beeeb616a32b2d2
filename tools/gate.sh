#!/usr/bin/env bash
# The whole gate: clean notebooks, no export drift, fresh outputs, lint, types, chapters as written, tests.
set -euo pipefail
cd "$(dirname "$0")/.."
export OMP_NUM_THREADS=1 MPLBACKEND=agg LLM_BOOK_READER=

same() { # fail if the last step changed, added or removed a file under the given paths
    local dirt; dirt=$(git status --porcelain -- "${@:2}")
    [ -z "$dirt" ] || { echo "$1:"; echo "$dirt"; git --no-pager diff --stat -- "${@:2}"; exit 1; }
}
same 'uncommitted changes' nbs llm_book
nbdev_clean;  same 'notebooks are not clean: commit what nbdev_clean changed' nbs
rm -f $(git ls-files 'llm_book/*.py')
nbdev_export; same 'modules differ from their notebooks: commit what nbdev_export changed' llm_book
shopt -s globstar
types=$(mktemp)
basedpyright --level error > "$types" &  # half a minute, on the other core
checker=$!
trap 'kill "$checker" 2> /dev/null || true; rm -f "$types"' EXIT
python tools/nb.py check nbs/**/*.ipynb
python tools/nb.py format --check nbs tests tools docs setup.py
ruff check -q llm_book nbs tools tests docs setup.py
wait "$checker" || { cat "$types"; exit 1; }
nbdev_test --path nbs/library --n_workers 2 --do_print  # the road: tests/test_chapters.py
python -m pytest tests -n 2 --dist worksteal
