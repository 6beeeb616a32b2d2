"The glossary: terms as data in docs/glossary.yaml, a page of the website, and where a term comes too early."

import re

import yaml
from contents import NBS, ROOT, literal
from notebooks import load

FIELDS = {'en', 'zh', 'symbol', 'chapter', 'known'}
CODE = re.compile(r'```.*?```|`[^`]*`|\$[^$]*\$', re.S)
LINK = re.compile(r'\[[^\]]*\]\([^)]*\)')
BOLD = re.compile(r'\*\*(.+?)\*\*', re.S)


def glossary():
    "The rows; ValueError in one line for one that is not like the others."
    rows = yaml.safe_load((ROOT / 'docs' / 'glossary.yaml').read_text(encoding='utf-8'))
    for row in rows:
        if not row.keys() <= FIELDS or not {'en', 'zh', 'chapter'} <= row.keys():
            raise ValueError(f'docs/glossary.yaml: {row} needs en, zh, chapter and may have symbol, known')
    return rows


def road():
    "The chapters in the order in which they are read."
    return [row['chapter'] for row in literal('CONTENTS') if 'chapter' in row]


def prose(chapter):
    "The Markdown of a chapter by cell, without code and formulas."
    cells = load(NBS / f'{chapter}.ipynb').cells
    return {c.id: CODE.sub('', c.source) for c in cells if c.cell_type == 'markdown'}


def mention(term):
    "Finds the term, also in the plural and at the start of a sentence."
    words = r'[\s-]'.join(map(re.escape, re.split(r'[\s-]', term)))
    return re.compile(rf'(?<![\w-]){words}(?:e?s)?(?![\w-])', re.I)


def too_early(row, texts):
    "The cells of these chapters that use a term of a later one, as `chapter #cell`."
    found = mention(row['en'])
    for chapter, cells in texts.items():
        for cid, text in cells.items():
            if row.get('known'):
                early = any(found.fullmatch(bold.strip(' .:')) for bold in BOLD.findall(text))
            else:
                early = found.search(LINK.sub('', text))
            if early:
                yield f'{chapter} #{cid}'


def page():
    "The glossary as Markdown, in alphabetical order."
    titles = {row['chapter']: row['title'] for row in literal('CONTENTS') if 'chapter' in row}
    lines = ['# Glossary', '', '| term | 中文 | symbol | explained in |', '|---|---|---|---|']
    for row in sorted(glossary(), key=lambda row: row['en'].lower()):
        symbol = f'`{row["symbol"]}`' if row.get('symbol') else ''
        link = f'[{titles[row["chapter"]]}](chapters/{row["chapter"]}.ipynb)'
        lines.append(f'| {row["en"]} | {row["zh"]} | {symbol} | {link} |')
    return '\n'.join(lines) + '\n'
