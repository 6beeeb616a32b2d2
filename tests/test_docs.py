"Pages beside the chapters: what they link to is there."

import json
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PAGES = sorted([*ROOT.glob('*.md'), *(ROOT / 'docs').glob('*.md')])


def links(path):
    "The links of a page to files: [(text, target)]."
    text = re.sub(r'```.*?```', '', path.read_text(encoding='utf-8'), flags=re.S)
    found = re.findall(r'\[([^\[\]]+)\]\(([^()\s]+)\)', text)
    return [(words, target) for words, target in found if not re.match(r'\w+:', target)]


def headings(notebook):
    "The titles of a notebook and of its sections."
    cells = json.loads(notebook.read_text(encoding='utf-8'))['cells']
    text = '\n'.join(''.join(c['source']) for c in cells if c['cell_type'] == 'markdown')
    return re.findall(r'^#{1,3} (.+)$', text, flags=re.M)


def faults(path):
    "Links of a page that lead nowhere, or to a section that is not there."
    out = []
    for words, target in links(path):
        file = (path.parent / target.partition('#')[0]).resolve()
        if not file.exists():
            out.append(f'{target}: no such file')
        elif file.suffix == '.ipynb' and path.parent.name == 'docs':
            title, *sections = headings(file)
            chapter, colon, section = words.partition(': ')
            section = section if colon else words
            if words not in (title, *sections) and (chapter != title or section not in sections):
                out.append(f'{words}: not a section of {target}')
    return out


@pytest.mark.parametrize('path', PAGES, ids=lambda p: str(p.relative_to(ROOT)))
def test_links_lead_somewhere(path):
    assert not faults(path)


def test_a_page_with_wrong_links_is_noticed(tmp_path):
    page = tmp_path / 'docs' / 'page.md'
    page.parent.mkdir()
    real = ROOT / 'nbs' / '2_model' / '1_attention.ipynb'
    (tmp_path / 'a.ipynb').write_bytes(real.read_bytes())
    good = '[Attention](../a.ipynb), [Attention: Heads](../a.ipynb), [Heads](../a.ipynb), [a](https://b.c)\n'
    page.write_text(good + '```\n[x](nowhere.md)\n```\n', encoding='utf-8')
    assert not faults(page)
    page.write_text('[Attention: Tails](../a.ipynb) [Tails](../a.ipynb) [x](nowhere.md)', encoding='utf-8')
    assert len(faults(page)) == 3
