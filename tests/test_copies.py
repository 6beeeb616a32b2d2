"Copies of the notebooks: translations (keys, fields, what is refused), students' copies, edited ones kept."

import json
import subprocess
import sys

import pytest
from conftest import ROOT

sys.path.insert(0, str(ROOT / 'tools'))
import copies  # noqa: E402
import translation  # noqa: E402
from literals import literal, ordered, replaced, shown, written  # noqa: E402
from notebooks import load, new_cell, node, parsed, write  # noqa: E402

CODE = '''@checker('ex1', hints=['Look at the sign.'])
def check(f):
    "What f gives."
    if (got := f({'key': 'value'}['key'])) is None:
        return 'nothing' ' yet, ' "don't stop"
    for b in range(2):
        return (
            f'row {b}: got {got.shape!r} and {got:.3f}, '
            f'{"missing" if b else "too much"} {{x}} {D["key"]}'
        )


ax.set(title='Attention', xlabel='query', color='red')
prediction('loss', 'How large?', ['half', 'twice'])
print('x')
'''


def notebook(*cells):
    nb = node({'cells': [], 'metadata': {}, 'nbformat': 4, 'nbformat_minor': 5})
    nb.cells = [node(new_cell(source, md) | {'id': cid}) for cid, md, source in cells]
    return nb


def pairs_of(nb, **said):
    "A translation of all texts: '=' where nothing is said."
    found = translation.translatable(nb)
    said = {key.replace('__', '/'): text for key, text in said.items()}
    return {key: {'en': en, 'zh': said.get(key, '=')} for key, en in found.items()}


def test_what_a_reader_sees_is_offered():
    texts = [written(text) for _, text in shown(parsed(CODE))]
    assert texts == [
        'Look at the sign.',
        'What f gives.',
        "nothing yet, don't stop",
        "row {b}: got {got.shape!r} and {got:.3f}, {'missing' if b else 'too much'} {{x}} {D['key']}",
        'Attention',
        'query',
        'How large?',
        'half',
        'twice',
    ]


def test_literals_are_replaced_where_they_stand():
    found = ordered(parsed(CODE))
    n = next(i for i, t in enumerate(found) if 'row' in written(t))
    zh = "第 {b} 行：{{x}} {D['key']} {got:.3f}，{'缺少' if b else '多余'}，{got.shape!r}"
    changes = {n: literal(found[n], zh), 0: repr('练习"一"\n')}
    made = replaced(CODE, changes)
    again = ordered(parsed(made))
    assert len(again) == len(found) and again[0].value == '练习"一"\n' and written(again[n]) == zh
    assert [written(t) for i, t in enumerate(again) if i not in (0, n)] == [
        written(t) for i, t in enumerate(found) if i not in (0, n)
    ]


@pytest.mark.parametrize(
    'zh,why',
    [
        ('第 {b} 行', 'the field {got:.3f} is missing'),
        ('第 {b} 行 {got:.3f} {c}', 'the field {c} does not stand in the original'),
        ('第 {b} 行 {got:.2f}', 'the field {got:.3f} is missing'),
        ('第 {b} 行 {b} {got:.3f}', 'the field {b} does not stand in the original'),
        ('第 {b 行', 'a brace is not closed'),
        ('第 {b} 行 {got:.3f} {}', '{} is no field'),
        ('第 {b} 行 {got:.3f} {1 +}', '{1 +} is no field'),
    ],
)
def test_a_translation_that_lost_a_field_is_refused_in_one_sentence(zh, why):
    nb = notebook(('t', True, '# Title'), ('c', False, "f'row {b} is {got:.3f}'"))
    said = list(translation.problems(nb, pairs_of(nb, c__0=zh), 'zh'))
    assert len(said) == 1 and why in said[0] and said[0].startswith('c/0: '), said
    with pytest.raises(ValueError):
        translation.translated(nb, pairs_of(nb, c__0=zh), 'zh')


def test_what_is_wrong_with_a_translation():
    nb = notebook(('t', True, '# Title'), ('c', False, "print('one two')"))
    good = pairs_of(nb, t='# 标题')
    assert list(translation.problems(nb, good, 'zh')) == []
    for bad, why in (
        ({'t': good['t']}, 'c/0: it is missing'),
        (good | {'x': good['t']}, 'x: the notebook has no such text'),
        (good | {'c/7': good['t']}, 'c/7: the notebook has no such text'),
        (good | {'t': {'en': '# Old', 'zh': '# 旧'}}, 't: the original has changed'),
        (good | {'t': {'en': '# Title', 'zh': ''}}, 't: not translated yet'),
        (good | {'t': {'en': '# Title', 'zh': None}}, 't: not translated yet'),
        (good | {'t': '# 标题'}, 't: a pair en, zh is expected'),
    ):
        said = list(translation.problems(nb, bad, 'zh'))
        assert len(said) == 1 and said[0].startswith(why), (bad, said)


@pytest.fixture
def book(tmp_path, monkeypatch):
    "A project with one notebook and its Chinese translation."
    for module in (translation, copies):
        monkeypatch.setattr(module, 'nbs_path', lambda: tmp_path / 'nbs')
    nb = notebook(
        ('title', True, '# Title'),
        ('asked', False, '#| predict\nprint("so it is")'),
        ('ex1', False, 'def f(): ...'),
        ('ex1-solution', False, 'def f():\n    return 1'),
    )
    for cell in nb.cells[1:]:
        cell.outputs = [node({'output_type': 'stream', 'name': 'stdout', 'text': 'so it is\n'})]
    path = tmp_path / 'nbs' / 'part' / 'one.ipynb'
    path.parent.mkdir(parents=True)
    write(nb, path)
    return tmp_path


def cells(path):
    return {c['id']: c for c in json.loads(path.read_text())['cells']}


def test_students_copies_hold_no_solutions_and_no_predicted_outputs(book):
    assert copies.copies('student', book / 'mine') == []
    found = cells(book / 'mine' / 'part' / 'one.ipynb')
    assert list(found) == ['title', 'asked', 'ex1']
    assert found['asked']['outputs'] == [] and found['ex1']['outputs'] != []
    assert found['asked']['metadata'] == {'jupyter': {'outputs_hidden': True}}


def test_a_copy_that_was_edited_is_kept(book):
    path = book / 'mine' / 'part' / 'one.ipynb'
    copies.copies('student', book / 'mine')
    raw = json.loads(path.read_text())
    raw['cells'][1]['outputs'] = [{'output_type': 'stream', 'name': 'stdout', 'text': ['mine\n']}]
    path.write_text(json.dumps(raw))
    assert copies.copies('student', book / 'mine') == []  # run, not edited: its outputs stay
    assert cells(path)['asked']['outputs'][0]['text'] == ['mine\n']
    nb = load(book / 'nbs' / 'part' / 'one.ipynb')
    nb.cells[0].source = '# New title'
    write(nb, book / 'nbs' / 'part' / 'one.ipynb')
    assert copies.copies('student', book / 'mine') == []
    assert cells(path)['title']['source'] == ['# New title']
    raw = json.loads(path.read_text())
    raw['cells'][2]['source'] = ['def f(): return 2']
    path.write_text(json.dumps(raw))
    nb.cells[0].source = '# Newer title'
    write(nb, book / 'nbs' / 'part' / 'one.ipynb')
    assert copies.copies('student', book / 'mine') == [path]
    assert cells(path)['title']['source'] == ['# New title']
    path.write_text('damaged')
    assert copies.copies('student', book / 'mine') == [path]


def test_a_chinese_copy_is_built_from_the_same_cells(book, capsys):
    translation.extract('zh', 'part/one')
    path = book / 'nbs' / 'zh' / 'part' / 'one.yaml'
    assert not translation.check()
    assert 'title: not translated yet' in capsys.readouterr().out
    path.write_text(path.read_text().replace("zh: ''", "zh: '# 标题'", 1).replace("zh: ''", "zh: '就是这样'"))
    assert translation.check(), capsys.readouterr().out
    assert copies.copies('zh', book / 'zh') == []
    found = cells(book / 'zh' / 'part' / 'one.ipynb')
    assert list(found) == ['title', 'language', 'asked', 'ex1', 'ex1-solution']
    assert found['title']['source'] == ['# 标题']
    assert found['asked']['source'][1:] == ["print('就是这样')"] and found['asked']['outputs'] == []
    assert found['language']['source'][-1] == "chapter('part/one', 'zh')"


def test_extract_keeps_what_is_translated_when_keys_move(book):
    translation.extract('zh', 'part/one')
    path = book / 'nbs' / 'zh' / 'part' / 'one.yaml'
    path.write_text(path.read_text().replace("zh: ''", "zh: '就是这样'"))
    nb = load(book / 'nbs' / 'part' / 'one.ipynb')
    nb.cells[1].source = '#| predict\nprint("a new one")\nprint("so it is")'
    write(nb, book / 'nbs' / 'part' / 'one.ipynb')
    translation.extract('zh', 'part/one')
    found = translation.read_pairs(path)
    assert (found['asked/0']['zh'], found['asked/1']['zh']) == ('', '就是这样')


def test_a_file_that_is_no_translation_is_one_line(tmp_path):
    for text in ('a: [', '- a', ''):
        (tmp_path / 'a.yaml').write_text(text)
        with pytest.raises(ValueError) as error:
            translation.read_pairs(tmp_path / 'a.yaml')
        assert '\n' not in str(error.value)


def test_translations_of_the_book():
    done = subprocess.run(
        [sys.executable, 'tools/translation.py', 'check'], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout
