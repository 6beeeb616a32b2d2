"""The glossary, and that no term comes before its explanation.

The rule: on the road before its chapter, a term stands in prose (code and formulas aside) only as the text of
a link. A term with `known: true` may be used before, but not stand there in bold, as if it were explained.
"""

import sys
from functools import cache

import pytest
from conftest import ROOT

sys.path.insert(0, str(ROOT / 'tools'))
from glossary import glossary, mention, page, prose, road, too_early  # noqa: E402

ROWS, ROAD = glossary(), road()
prose = cache(prose)


def test_each_term_stands_once_and_its_chapter_is_on_the_road():
    terms = [row['en'].lower() for row in ROWS]
    assert len(terms) == len(set(terms))
    assert {row['chapter'] for row in ROWS} <= set(ROAD)
    assert page().count('\n| ') == len(ROWS) + 1


@pytest.mark.parametrize('row', ROWS, ids=lambda row: row['en'])
def test_a_term_is_explained_in_its_chapter_and_not_used_before(row):
    assert any(mention(row['en']).search(text) for text in prose(row['chapter']).values()), (
        f'{row["chapter"]} never says {row["en"]!r}'
    )
    before = ROAD[: ROAD.index(row['chapter'])]
    early = list(too_early(row, {chapter: prose(chapter) for chapter in before}))
    assert not early, f'{row["en"]!r} comes before its chapter {row["chapter"]}: link it there: {early}'


def test_the_rule():
    row = {'en': 'causal mask', 'zh': '因果掩码', 'chapter': 'b'}

    def early(text, **more):
        return list(too_early(row | more, {'a': {'cell': text}}))

    for text in ('A causal mask hides it.', 'Causal masks hide.', 'the **causal-mask**', 'causal\nmask'):
        assert early(text) == ['a #cell'], text
    for text in ('see [causal mask](b.ipynb)', 'a mask', 'acausal masking', 'causal masked'):
        assert early(text) == [], text
    assert early('A causal mask hides it.', known=True) == []
    assert early('A **causal mask** hides it.', known=True) == ['a #cell']
    assert early('**Causal masks.** They hide.', known=True) == ['a #cell']
