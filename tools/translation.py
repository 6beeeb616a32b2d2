"""Translations of notebooks: `nbs/<language>/<chapter>.yaml`, read back into copies of the same cells.

python tools/translation.py extract zh 2_model/1_attention   # write what is to be translated, keep what is
python tools/translation.py check                            # one line for each thing that is wrong

A file maps keys to pairs `en:`, `zh:`. The key of prose is the id of its cell, that of a text in code is
`cell-id/n`, the n-th string of the cell. `zh: '='` leaves the text as it is, `zh: ''` is still to be done.
The fields of an f-string (`{got}`) stay; the strings inside a field may be translated.
"""

import re
import sys

import yaml
from literals import literal, ordered, replaced, shown, written
from notebooks import directives, load, node, parsed
from project import nbs_path


def translatable(nb):
    "What is to be translated: {key: English text}."
    found = {}
    for cell in nb.cells:
        if cell.cell_type == 'markdown':
            found[cell.id] = cell.source
        elif not {'export', 'exports', 'hide', 'default_exp'} & directives(cell).keys():
            found |= {f'{cell.id}/{n}': written(text) for n, text in shown(parsed(cell.source))}
    return found


def text_at(nb, key):
    "The English text of any key, or None: a translator may add strings that `extract` left out."
    cid, _, n = key.partition('/')
    cell = next((c for c in nb.cells if c.id == cid), None)
    if cell is None or bool(n) == (cell.cell_type == 'markdown'):
        return None
    if not n:
        return cell.source
    found = ordered(parsed(cell.source))
    return written(found[int(n)]) if n.isdigit() and int(n) < len(found) else None


def translated(nb, pairs, language):
    "The notebook with what is translated in place; texts without a translation stay."
    nb = node(nb)
    for cell in nb.cells:
        pair = pairs.get(cell.id, {})
        if cell.cell_type == 'markdown':
            cell.source = text_or(pair.get(language), cell.source)
            continue
        found = ordered(parsed(cell.source)) if any(k.startswith(f'{cell.id}/') for k in pairs) else []
        said = {n: pairs.get(f'{cell.id}/{n}', {}).get(language) for n in range(len(found))}
        changes = {n: literal(found[n], text) for n, text in said.items() if text and text != '='}
        cell.source = replaced(cell.source, changes)
    return nb


def text_or(text, original):
    return original if text in (None, '', '=') else text


def problems(nb, pairs, language):
    "One sentence for each thing that is wrong with a translation."
    for key, pair in pairs.items():
        original = text_at(nb, key)
        if not isinstance(pair, dict) or pair.keys() != {'en', language}:
            yield f'{key}: a pair en, {language} is expected'
        elif original is None:
            yield f'{key}: the notebook has no such text'
        elif original != pair['en']:
            yield f'{key}: the original has changed since it was translated'
        elif not isinstance(pair[language], str) or not pair[language]:
            yield f'{key}: not translated yet'
        elif '/' in key and pair[language] != '=':
            cid, n = key.split('/')
            cell = next(c for c in nb.cells if c.id == cid)
            try:
                literal(ordered(parsed(cell.source))[int(n)], pair[language])
            except ValueError as error:
                yield f'{key}: {error}'
    for key in translatable(nb).keys() - pairs.keys():
        yield f'{key}: it is missing in the translation'


def languages():
    "The languages of which there are translations."
    return sorted({p.name for p in nbs_path().iterdir() if re.fullmatch('[a-z]{2}', p.name)})


def file_of(language, chapter):
    return nbs_path() / language / f'{chapter}.yaml'


def read_pairs(path):
    "The pairs of a translation; ValueError in one line if it is not YAML or no mapping."
    try:
        found = yaml.safe_load(path.read_text(encoding='utf-8'))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ValueError(f'{path}: {" ".join(str(error).split())}') from None
    if not isinstance(found, dict):
        raise ValueError(f'{path} holds no keys with pairs')
    return found


class Dumper(yaml.SafeDumper):
    "Writes texts of several lines as blocks."


def block(dumper, text):
    style = '|' if '\n' in text else None
    return dumper.represent_scalar('tag:yaml.org,2002:str', text, style=style)


Dumper.add_representer(str, block)


def extract(language, chapter):
    "Write the translation's file anew: what was translated stays, what is new or changed is empty."
    nb, path = load(nbs_path() / f'{chapter}.ipynb'), file_of(language, chapter)
    old = read_pairs(path) if path.exists() else {}
    wanted = translatable(nb)
    extra = [key for key in old if key not in wanted and text_at(nb, key) == old[key]['en']]
    wanted |= {key: old[key]['en'] for key in extra}
    by_text = {pair['en']: pair[language] for pair in old.values()}  # a new cell or string moves the keys
    by_key = {(key, pair['en']): pair[language] for key, pair in old.items()}
    pairs = {
        key: {'en': en, language: by_key.get((key, en), by_text.get(en, ''))} for key, en in wanted.items()
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(yaml.dump(pairs, Dumper=Dumper, allow_unicode=True, sort_keys=False, width=110))
    print(f'{path}: {sum(not p[language] for p in pairs.values())} of {len(pairs)} texts to translate')


def check():
    "Print what is wrong with all translations; False if anything is."
    good = True
    for language in languages():
        for path in sorted((nbs_path() / language).rglob('*.yaml')):
            chapter = path.relative_to(nbs_path() / language).with_suffix('')
            nb = load(nbs_path() / f'{chapter}.ipynb')
            for line in problems(nb, read_pairs(path), language):
                good = False
                print(f'{path}: {line}')
    return good


if __name__ == '__main__':
    verb, *args = sys.argv[1:] or ['']
    try:
        if verb == 'extract' and len(args) == 2:
            extract(*args)
        elif verb == 'check' and not args:
            sys.exit(int(not check()))
        else:
            sys.exit(__doc__)
    except (ValueError, FileNotFoundError) as error:
        sys.exit(f'error: {error}')
