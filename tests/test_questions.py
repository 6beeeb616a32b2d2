"The checker of the little world: what the grammar of answers gives is accepted, and nothing else."

import re

import pytest
from hypothesis import given, settings, strategies as st
from llm_book.world.grammar import LANGS, parse
from llm_book.world.questions import answers_of, check_answer, instruction

ROWS = [
    (row, lang)
    for lang in LANGS
    for heldout in (False, True)
    for i in range(90)
    if (row := instruction(40, i, lang, heldout))['input']
]


def right_answers(row, lang):
    return answers_of(row['instruction'], parse(row['input'], lang))


@pytest.mark.parametrize('lang', LANGS)
def test_every_answer_of_the_grammar_is_accepted(lang):
    for row in (r for r, other in ROWS if other == lang):
        answers = right_answers(row, lang)
        assert answers[0] == row['output'] and len(set(answers)) >= 2
        assert [check_answer(row, a, lang) for a in answers] == [None] * len(answers)


@given(st.sampled_from(ROWS), st.data())
@settings(max_examples=400, deadline=None)
def test_a_changed_answer_is_refused(case, data):
    row, lang = case
    right = right_answers(row, lang)
    text = data.draw(st.sampled_from(right))
    at = data.draw(st.integers(0, len(text)))
    cut = data.draw(st.integers(0, 3))
    put = data.draw(st.text(alphabet=''.join(right) + ' not不没有and.。！', max_size=4))
    changed = text[:at] + put + text[at + cut :]
    assert (check_answer(row, changed, lang) is None) == (changed in right)


@given(st.sampled_from(ROWS), st.sampled_from(ROWS))
@settings(max_examples=400, deadline=None)
def test_an_answer_to_another_tale_is_right_only_if_it_is_right_here(one, other):
    (row, lang), (foreign, foreign_lang) = one, other
    accepted = check_answer(row, foreign['output'], lang) is None
    assert accepted == (foreign['output'] in right_answers(row, lang))
    if lang != foreign_lang:
        assert not accepted


WRAPS = {
    'en': [
        'Not {}',
        'No. {}',
        '{0} {0}',
        '{}\n',
        ' {}',
        '{} Or perhaps not.',
        'I think: {}',
        '"{}"',
        '{}!',
        'The answer is: {}',
    ],
    'zh': ['不{}', '不是{}', '{0}{0}', '{}\n', '　{}', '{}吗？', '我想{}', '“{}”', '{}！', '答案：{}'],
}


@pytest.mark.parametrize('lang', LANGS)
def test_negations_rambling_and_repetition_are_refused(lang):
    for row in (r for r, other in ROWS if other == lang):
        for answer in right_answers(row, lang):
            for wrap in WRAPS[lang]:
                assert check_answer(row, wrap.format(answer), lang), wrap.format(answer)
            bare = re.sub(r'[.。]$', '', answer)
            assert check_answer(row, bare, lang) and check_answer(row, bare.split()[-1], lang)
            assert check_answer(row, answer.replace('.', ' not.').replace('。', '，不对。'), lang)


def test_the_cases_of_the_review():
    row = next(
        r for r, lang in ROWS if lang == 'en' and r['output'] == f"It was {parse(r['input'])['colour']}."
    )
    colour = parse(row['input'])['colour']
    for bad in (
        f'Not {colour}.',
        f'No. It was {colour}.',
        colour,
        f'{colour} {colour}',
        f'It was {colour}. It was {colour}.',
    ):
        assert check_answer(row, bad)
    row = next(
        r
        for r, lang in ROWS
        if lang == 'zh' and r['output'].endswith('旁边。') and r['output'].startswith('在')
    )
    assert check_answer(row, '不是' + row['output'], 'zh') and check_answer(row, row['output'], 'zh') is None
