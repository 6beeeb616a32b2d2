"Labelled texts: any text is written and read back; splits are partitions; bad files are named."

import gzip
import json
from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from llm_book.data.labelled import (
    Example,
    LabelledRows,
    deduplicate,
    leakage,
    read_labelled,
    row_ids,
    stratified_split,
    write_splits,
)
from llm_book.data.labelled_splits import LabelledConfig, label_type, load_splits
from llm_book.data.tables import decode_file
from llm_book.eval.metrics import auc, confusion, roc_curve, precision_recall_f1
from llm_book.text.tokenizer_files import get_tokenizer

TEXT = (
    st.text(st.characters(exclude_categories=['Cs'], exclude_characters='\0'), min_size=1)
    .map(str.strip)
    .filter(bool)
)
LABEL = st.sampled_from(['ham', 'spam', '0', 'a "b", c'])
EXAMPLES = st.lists(st.builds(Example, TEXT, LABEL), min_size=1, max_size=8)


@settings(max_examples=150, deadline=None)
@given(EXAMPLES)
def test_any_text_is_written_and_read_back(tmp_path_factory, examples):
    folder = write_splits({'train': examples}, tmp_path_factory.getbasetemp() / 'any')
    assert read_labelled(folder / 'train.csv') == (examples, Counter())
    (folder / 'a.jsonl').write_text('\n'.join(json.dumps(e._asdict()) for e in examples), encoding='utf-8')
    assert read_labelled(folder / 'a.jsonl')[0] == examples


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.builds(Example, TEXT, st.sampled_from('ab')), max_size=60), st.randoms(), st.integers(0, 3)
)
def test_splits_are_partitions_whatever_the_order(extra, random, seed):
    examples = deduplicate([Example(f'text {i}', 'ab'[i % 3 == 0]) for i in range(60)] + extra)[0]
    parts = stratified_split(examples, 0.1, 0.2, seed)
    assert sorted(e for p in parts.values() for e in p) == sorted(examples)
    assert not leakage(parts['train'], parts['test']) and not leakage(parts['train'], parts['val'])
    for label, n in Counter(e.label for e in examples).items():
        assert abs(sum(e.label == label for e in parts['test']) - 0.2 * n) <= 0.5
    random.shuffle(examples)
    assert stratified_split(examples, 0.1, 0.2, seed) == parts


@settings(max_examples=60, deadline=None)
@given(st.lists(TEXT, min_size=1, max_size=6), st.integers(2, 12), st.sampled_from(['start', 'end']))
def test_rows_have_one_target_at_the_last_real_token(texts, most, keep):
    tok = get_tokenizer('bytes')
    data = LabelledRows([Example(t, 'ab'[i % 2]) for i, t in enumerate(texts)], ['a', 'b'], tok, most, keep)
    tokens, targets = data.rows(range(len(texts)))
    for i, t in enumerate(texts):
        ids = tok.encode(t)
        want = [tok.eot_id, *(ids[: most - 1] if keep == 'start' else ids[-(most - 1) :])]
        assert tokens[i, : len(want)].tolist() == want and (tokens[i, len(want) :] == tok.eot_id).all()
        assert targets[i].tolist() == [-100] * (len(want) - 1) + [i % 2] + [-100] * (
            tokens.shape[1] - len(want)
        )
    assert (
        data.n_truncated == sum(len(tok.encode(t)) > most - 1 for t in texts) == row_ids(texts, tok, most)[1]
    )


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(st.booleans(), st.integers(0, 5)), min_size=2, max_size=30))
def test_auc_is_the_share_of_pairs_in_order(pairs):
    t, s = np.array([p[0] for p in pairs]), np.array([p[1] for p in pairs])
    if t.all() or not t.any():
        with pytest.raises(ValueError):
            roc_curve(t, s)
        return
    assert auc(t, s) == pytest.approx(np.mean([(a > b) + (a == b) / 2 for a in s[t] for b in s[~t]]))
    m = confusion(t.astype(int), (s > 2).astype(int), 2)
    assert precision_recall_f1(m)['accuracy'] == pytest.approx((t == (s > 2)).mean()) and m.sum() == len(t)


@pytest.mark.parametrize(
    'name,data,error',
    [
        ('a.csv', 'message,class\nhi,ham\nyo,ham\n', "no column 'text'; there are: 'message', 'class'"),
        ('b.csv', 'Text,Label\n"never closed,ham\n', 'row of line 2'),
        (
            'c.csv',
            'Text,Label\nhi,ham\nyo,ham\n' + ''.join(f'text {i},ham\n' for i in range(20)),
            "all training texts are 'ham'",
        ),
        ('d.csv', 'Text,Label\nco\xfbt,ham\n', 'line 2: not utf-8. Set data.encoding'),
        ('e.csv', 'Text,Label\n,ham\n \t,spam\n', "holds no example; {'empty text': 2}"),
        ('f.jsonl', '{"text": "a"}\n', "no field 'label'; there are: text"),
        ('g.csv', '', 'is empty'),
        ('h.csv', 'Text,Label\na,ham\nb,spam\n', 'leave none for val'),
        (
            'i.csv',
            'Text,Label\n' + ''.join(f'text {i},{i}\n' for i in range(60)),
            "60 examples leave none for val: each has a label of its own ('0', ...), and a class needs",
        ),
        (
            'j.csv',
            'Text,Label\n' + ''.join(f'text {i},{i % 30}\n' for i in range(60)),
            '60 examples leave none for val: the largest of 30 classes has 2',
        ),
    ],
)
def test_bad_files_are_named(tmp_path, name, data, error):
    (tmp_path / name).write_bytes(data.encode('latin-1'))
    with pytest.raises(ValueError) as e:
        load_splits(LabelledConfig(train_path=str(tmp_path / name)))
    assert error in str(e.value)


NEWS = ''.join(f'"{i % 4 + 1}","title {i}","text {i}"\n' for i in range(40))
PAIRS = ''.join(f'text {i},{"ab"[i % 2]}\n' for i in range(40))


@pytest.mark.parametrize(
    'data,settings,want',
    [
        (NEWS, {'header': False, 'text_field': '2', 'label_field': '0'}, ('text 3', '4')),
        (NEWS, {'header': False, 'text_field': '1', 'label_field': '0'}, ('title 3', '4')),
        (NEWS.replace(',', '\t'), {'header': False, 'text_field': '2', 'label_field': '0'}, ('text 3', '4')),
        (
            '2,1,0\n' + NEWS,
            {'text_field': '0', 'label_field': '2'},
            ('text 3', '4'),
        ),  # names that are numbers
        (PAIRS, {}, ('text 3', 'b')),
        (PAIRS, {'header': False}, ('text 3', 'b')),
        (PAIRS, {'header': False, 'text_field': '0', 'label_field': '1'}, ('text 3', 'b')),
        (PAIRS, {'text_field': '0', 'label_field': '1'}, ('text 3', 'b')),
    ],
)
def test_columns_without_a_header_are_numbers(tmp_path, data, settings, want):
    (tmp_path / 'a.csv').write_text(data)
    examples, skipped = read_labelled(tmp_path / 'a.csv', **settings)
    assert examples[3] == want and len(examples) == 40 and not skipped


NUMBERED = (
    "without a header (data.header false) columns are numbered from 0; its first row: 0 '1', 1 'title 0', 2 "
)
IF_NONE = '(if that is no header: data.header false, and their numbers, 0 to 2)'


@pytest.mark.parametrize(
    'data,settings,absent,says',
    [
        (NEWS, {'header': False}, 'text', NUMBERED),
        (NEWS, {'header': False, 'text_field': 'title 0', 'label_field': '1'}, 'title 0', NUMBERED),
        (NEWS, {'header': False, 'text_field': '3', 'label_field': '1'}, '3', NUMBERED),
        (NEWS, {'header': False, 'text_field': '2'}, 'label', NUMBERED),
        (NEWS, {}, 'text', IF_NONE),
        (NEWS, {'text_field': '2', 'label_field': '0'}, '2', IF_NONE),
        (NEWS, {'header': True}, 'text', 'Set data.text_field and data.label_field'),
        (
            PAIRS,
            {'header': False, 'text_field': '1', 'label_field': '2'},
            '2',
            "its first row: 0 'text 0', 1 'a'",
        ),
    ],
)
def test_a_number_or_name_that_is_no_column(tmp_path, data, settings, absent, says):
    (tmp_path / 'a.csv').write_text(data)
    with pytest.raises(ValueError) as e:
        read_labelled(tmp_path / 'a.csv', **settings)
    assert f'a.csv has no column {absent!r}' in str(e.value) and says in str(e.value)


TWICE = 'text,label\n' + ''.join(f'same {i % 10},{"ab"[i // 10 % 2]}\n' for i in range(40))
COPIES = '10 copies removed before the split; 20 copies with another label removed before the split'


@pytest.mark.parametrize(
    'data,says',
    [
        (
            TWICE,
            f"nothing to learn. {COPIES}; no text is left of the class 'b': data.dedup exact keeps the first",
        ),
        (
            'text,label\n' + 'same,a\n' * 9,
            'set data.label_field. 8 copies removed before the split: data.dedup',
        ),
    ],
)
def test_copies_that_took_a_class_away_are_said(tmp_path, data, says):
    (tmp_path / 'a.csv').write_text(data)
    with pytest.raises(ValueError) as e:
        load_splits(LabelledConfig(train_path=str(tmp_path / 'a.csv')))
    assert says.lower() in str(e.value).lower()


def test_a_class_that_copies_took_away_is_noted(tmp_path):
    (tmp_path / 'a.csv').write_text(TWICE + ''.join(f'other {i},c\n' for i in range(10)))
    splits, notes = load_splits(LabelledConfig(train_path=str(tmp_path / 'a.csv')))
    assert {e.label for part in splits.values() for e in part} == {'a', 'c'}
    assert notes == [*COPIES.split('; '), "no text is left of the class 'b'"]


SPLITS = stratified_split([Example(f'text {i}', 'ab'[i % 2]) for i in range(40)])


@pytest.mark.parametrize('name', ['val', 'valid', 'validation', 'dev', 'Validation'])
@pytest.mark.parametrize('kind', ['csv', 'jsonl', 'csv.gz'])
def test_a_folder_is_read_by_the_usual_names_of_its_splits(tmp_path, name, kind):
    write_splits(SPLITS, tmp_path)
    for old, new in (('train', 'train'), ('val', name), ('test', 'test')):
        data = (tmp_path / f'{old}.csv').read_bytes()
        (tmp_path / f'{old}.csv').unlink()
        if kind == 'jsonl':
            data = '\n'.join(json.dumps(e._asdict()) for e in SPLITS[old]).encode()
        (tmp_path / f'{new}.{kind}').write_bytes(gzip.compress(data) if kind == 'csv.gz' else data)
    config = LabelledConfig(train_path=str(tmp_path))
    assert load_splits(config) == (SPLITS, [])
    (tmp_path / 'README.md').touch()
    (tmp_path / 'unlabelled.csv').touch()
    (tmp_path / '.cache').mkdir()
    assert load_splits(config) == (SPLITS, [f'{tmp_path}: not read: README.md, unlabelled.csv'])


@pytest.mark.parametrize(
    'names,error',
    [
        (
            ['train.csv', 'validation.csv'],
            'for test in .*; there are: train.csv, validation.csv. A file alone',
        ),
        (
            ['train.csv', 'test.csv'],
            r'for val in .* a folder holds train, val \(valid, validation, dev\) and test',
        ),
        (['pos', 'neg'], 'for train in .*; there are: neg, pos'),
        ([], 'for train in .*; there are: no files'),
        (['train.csv', 'val.csv', 'dev.csv', 'test.csv'], 'has dev.csv and val.csv, all for val'),
        (['train.csv', 'val.csv', 'test.csv', 'test.jsonl'], 'has test.csv and test.jsonl, all for test'),
        (['train.csv', 'val.doc', 'test.csv'], 'for val in'),
    ],
)
def test_a_folder_whose_splits_are_not_clear_is_refused(tmp_path, names, error):
    for name in names:
        (tmp_path / name).touch()
    with pytest.raises((ValueError, FileNotFoundError), match=error):
        load_splits(LabelledConfig(train_path=str(tmp_path)))


@pytest.mark.parametrize(
    'labels,want',
    [([0, 1], 'int'), ([None, True], 'bool'), ([0.5, 1], 'float'), (['0', 1], 'str'), ([None, None], 'str')],
)
def test_the_type_of_the_labels_is_that_of_the_first(tmp_path, labels, want):
    rows = [{'text': 'x', 'label': label} for label in labels]
    (tmp_path / 'train.jsonl').write_text('\n'.join(map(json.dumps, rows)))
    assert label_type(LabelledConfig(train_path=str(tmp_path / 'train.jsonl'))) == want
    for name in ('val.csv', 'test.csv'):
        (tmp_path / name).write_text('text,label\nx,1\n')
    assert label_type(LabelledConfig(train_path=str(tmp_path))) == want
    assert (
        label_type(LabelledConfig(train_path=str(tmp_path / 'test.csv')))
        == label_type(LabelledConfig())
        == 'str'
    )


def test_labels_unseen_in_training_are_refused(tmp_path):
    parts = stratified_split([Example(f'text {i}', 'ab'[i % 2]) for i in range(40)])
    write_splits(parts | {'test': [*parts['test'], Example('new', 'c')]}, tmp_path)
    with pytest.raises(
        ValueError, match="test has the label 'c', which no training text has; there are: a, b"
    ):
        load_splits(LabelledConfig(train_path=str(tmp_path)))


def test_other_encodings(tmp_path):
    for encoding in ('utf-8', 'utf-8-sig', 'utf-16', 'utf-16-be', 'gb18030', 'cp1252'):
        text = 'Text,Label\ncoût £5,ham\n' if encoding == 'cp1252' else 'Text,Label\n懒狗,ham\n'
        (tmp_path / 'x.csv').write_bytes(text.encode(encoding))
        assert decode_file(tmp_path / 'x.csv', encoding) == text
        assert read_labelled(tmp_path / 'x.csv', encoding=encoding)[0][0].label == 'ham'
