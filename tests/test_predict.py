"`classify predict`: each row comes back where it stood, with its columns and the probability of every class."

import csv
import io
import json
import sys
import tarfile
import zipfile

import pytest
import torch
from hypothesis import HealthCheck, given, settings, strategies as st

from llm_book.classify import predict
from llm_book.data.labelled import label_of, read_labelled
from llm_book.data.sources import BadRecord
from llm_book.model.gpt import GPTConfig, GPTModel
from llm_book.text.tokenizer_files import get_tokenizer
from llm_book.tune.classifier import Classifier, as_classifier
from llm_book.tune.classifier_files import open_classifier, save_classifier
from llm_book.tune.predictions import is_readable, keep_fields, new_names

CLASSES = ['ham', 'spam', 'a "b", c']
OURS = ['prediction', 'probability', *(f'probability_{c}' for c in CLASSES)]
BREAKS = [
    '\u2028',
    '\u2029',
    '\x85',
    '\x0b',
    '\x0c',
    '\x1c',
    '\x1d',
    '\x1e',
    '\n',
    '\r',
    '"',
    '\t',
    ',',
    ' " ,',
]


@pytest.fixture(scope='module')
def model(tmp_path_factory):
    "A classifier of three classes with random weights, in a folder; trained on `message` and `kind`."
    torch.manual_seed(0)
    cfg = GPTConfig(vocab_size=257, context_length=64, emb_dim=16, n_heads=2, n_layers=1)
    folder = tmp_path_factory.mktemp('classifier') / 'model'
    clf = Classifier(as_classifier(GPTModel(cfg), 3).eval(), get_tokenizer('bytes'), CLASSES, 40)
    with torch.no_grad():
        for p in clf.model.parameters():
            p.add_(torch.randn_like(p) * 0.1)
    save_classifier(clf, folder)
    keep_fields(folder, 'message', 'kind')
    return folder


@pytest.fixture
def ask(model, tmp_path, capsys):
    "What predict writes for a file with this content, and what it says beside it."

    def answer(name, content, *args):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        predict(['--model', str(model), str(path), *args])
        return capsys.readouterr()

    return answer


def table(text, delimiter=','):
    return list(csv.reader(io.StringIO(text, newline=''), delimiter=delimiter))


def as_csv(rows, delimiter=','):
    out = io.StringIO(newline='')
    csv.writer(out, delimiter=delimiter, quoting=csv.QUOTE_ALL, lineterminator='\n').writerows(rows)
    return out.getvalue()


def check(names, rows, texts, model):
    "Whether these columns hold what the classifier says about the texts."
    probs = open_classifier(model).probs([t.strip() for t in texts])
    assert names == ['prediction', 'probability', *(f'probability_{c}' for c in CLASSES)]
    for row, p in zip(rows, probs, strict=True):
        assert row[0] == CLASSES[p.argmax()] and float(row[1]) == pytest.approx(p.max(), abs=1e-5)
        assert [float(x) for x in row[2:]] == pytest.approx(p.tolist(), abs=1e-5)
        assert sum(float(x) for x in row[2:]) == pytest.approx(1, abs=1e-5)


@pytest.mark.parametrize('sign', BREAKS)
@pytest.mark.parametrize('kind', ['csv', 'jsonl', 'json'])
def test_a_row_stays_a_row_whatever_it_holds(ask, model, sign, kind):
    texts = [f'one{sign}still one', f'two{sign}{sign}still two', 'three']
    rows = [['07', text, f'a{sign}b', ''] for text in texts]
    head = ['id', 'message', f'odd{sign}name', 'none']
    records = [dict(zip(head, row)) for row in rows]
    if kind == 'csv':
        got = table(ask('a.csv', as_csv([head, *rows])).out)
        assert [row[2:-3] for row in got] == [head, *rows]
        check(got[0][:2] + got[0][-3:], [r[:2] + r[-3:] for r in got[1:]], texts, model)
        return
    text = '\n'.join(map(json.dumps, records)) if kind == 'jsonl' else json.dumps(records, indent=1)
    out = ask(f'a.{kind}', text).out
    lines = out.splitlines()  # even where a reader takes every sign of Unicode for a line end
    got = [json.loads(line.rstrip(',')) for line in (lines if kind == 'jsonl' else lines[1:-1])]
    assert [{k: v for k, v in record.items() if k not in OURS} for record in got] == records
    assert all(list(r) == [*OURS[:2], *head, *OURS[2:]] for r in got)
    check([*OURS], [[r[name] for name in OURS] for r in got], texts, model)
    if kind == 'json':
        assert json.loads(out) == got


@pytest.mark.parametrize(
    'name,delimiter,quoted',
    [
        ('a.tsv', '\t', False),
        ('a.tab', '\t', True),
        ('a.csv', ';', True),
        ('a.csv', '|', False),
        ('a', '\t', False),
    ],
)
def test_the_delimiter_of_the_file_stays(ask, name, delimiter, quoted):
    rows = [['id', 'message', 'kind'], ['01', 'hello, you', 'x'], ['2.50', 'He said no', 'y']]
    if quoted:
        rows.append(['3', f'with{delimiter}one', 'z'])
    text = as_csv(rows, delimiter) if quoted else '\n'.join(delimiter.join(r) for r in rows) + '\n'
    out = ask(name, text).out
    assert [row[2:-3] for row in table(out, delimiter)] == rows
    if delimiter == '\t' and not quoted:
        assert 'a ""b"", c"' in out.split('\n')[0]  # one of our own names wants quotes, so all have them


def test_a_tsv_stays_without_quotes_where_it_can(model, tmp_path, capsys):
    config = model / 'config.json'
    before = config.read_text()
    config.write_text(before.replace('a \\"b\\", c', 'other'))
    try:
        (tmp_path / 'a.tsv').write_text('id\tmessage\n1\thello\n')
        predict(['--model', str(model), str(tmp_path / 'a.tsv')])
    finally:
        config.write_text(before)
    assert '"' not in capsys.readouterr().out


@pytest.mark.parametrize(
    'head,want',
    [
        (['message', 'prediction'], {'prediction': 'prediction_2'}),
        (['message', 'probability'], {'probability': 'probability_2'}),
        (['message', 'prediction', 'prediction_2'], {'prediction': 'prediction_3'}),
        (['message', 'probability_ham'], {'probability_ham': 'probability_ham_2'}),
        (
            ['prediction', 'message', 'probability_spam'],
            {'prediction': 'prediction_2', 'probability_spam': 'probability_spam_2'},
        ),
        (['message', *OURS], {name: f'{name}_2' for name in OURS}),
        (['message', 'Prediction'], {}),
        (['message', 'Label', 'kind'], {}),
        (['Message'], {}),
        (['message', 'probability_other'], {}),
    ],
)
def test_a_column_of_our_name_stays_and_ours_is_named_apart(ask, head, want):
    rows = [[f'{name} {i}' for name in head] for i in range(3)]
    for name, content in (
        ('a.csv', as_csv([head, *rows])),
        ('a.jsonl', '\n'.join(json.dumps(dict(zip(head, r)) | {'message': r[0]}) for r in rows)),
    ):
        said = ask(name, content)
        names = [want.get(name, name) for name in OURS]
        if name == 'a.csv':
            got = table(said.out)
            assert got[0] == [*names[:2], *head, *names[2:]] and [r[2:-3] for r in got[1:]] == rows
        else:
            got = [json.loads(line) for line in said.out.splitlines()]
            assert all(
                set(r) == {*names, *head, 'message'} and r['message'] == row[0] for r, row in zip(got, rows)
            )
        assert said.err.splitlines() == [
            f'the file has a column {old!r}: ours is {new!r}' for old, new in want.items()
        ]


@settings(max_examples=100, deadline=None)
@given(st.lists(st.text(max_size=4), max_size=8), st.lists(st.text(max_size=4), max_size=4, unique=True))
def test_new_names_are_new(taken, classes):
    names = new_names(taken, classes)
    assert len({*names, *taken}) == len(names) + len({*taken}) and len(names) == 2 + len(classes)


@pytest.mark.parametrize(
    'head,args',
    [
        (['id', 'message'], []),
        (['id', ' Message '], []),
        (['MESSAGE', 'id'], []),
        (['message', 'text'], []),
        (['text', 'message'], []),
        (['message', 'said'], ['--text_field', 'message']),
        (['message', 'said'], ['--text_field', 'said']),
        (['message', 'said'], ['--text-field=SAID']),
        (['Message', 'message'], []),
        (['message', 'Message'], []),
    ],
)
def test_the_column_of_training_is_read_unless_another_is_named(ask, model, head, args):
    rows = [[f'{name} {i}' for name in head] for i in range(3)]
    wanted = args[-1].split('=')[-1].lower() if args else 'message'
    exact = [k for k, name in enumerate(head) if name == wanted]
    at = exact[0] if exact else next(k for k, name in enumerate(head) if name.strip().lower() == wanted)
    got = table(ask('a.csv', as_csv([head, *rows]), *args).out)
    check(got[0][:2] + got[0][-3:], [r[:2] + r[-3:] for r in got[1:]], [r[at] for r in rows], model)


@pytest.mark.parametrize(
    'name,content,args,error',
    [
        ('a.csv', 'id,mesage\n1,a\n', [], "no column 'message'. Set --text_field: did you mean 'mesage'?"),
        ('a.csv', 'id,text,x\n1,a,b\n', [], "no column 'message'. Set --text_field: there are: id, text, x"),
        ('a.csv', 'message,message\na,b\n', [], "the column 'message' stands twice"),
        ('a.csv', 'message,id\na,1,2\n', [], 'line 2 has 3 fields, not 2'),
        ('a.csv', 'message\n"never closed\n', [], 'row of line 2: unexpected end of data'),
        ('a.csv', 'message\nco\u00fbt\n'.encode('latin-1'), [], 'not utf-8. Set --encoding'),
        ('a.jsonl', '{"text": "a"}\n', [], "no text in 'message'; there are: text"),
        ('a.jsonl', '{"message": "a"}\n{"message": 5}\n', [], "record of line 2: no text in 'message'"),
        ('a.jsonl', '{"message": "a"}\n{"mess\n', [], 'record of line 2: not JSON: fetch the file again'),
        ('a.jsonl', '{"message": 5}\n', [], "line 1: no text in 'message' but 5"),
        ('a.jsonl', '{"message": "a"}\n5\n', [], 'record of line 2: 5 is no JSON object: a record is like'),
        ('a.json', '["a", "b"]', [], 'record of line 1: "a" is no JSON object'),
        ('a.json', '[{"message": "a"},\n{"mess', [], 'record of line 2: the JSON breaks off here: fetch'),
        ('a.csv', 'message\na\n', ['--out', 'b.tsv'], 'name a .csv file'),
        ('a.jsonl', '{"message": "a"}\n', ['--out', 'b.json'], 'name a .jsonl file'),
        ('a.txt', 'a\n', ['--out', 'b.csv.gz'], 'name a .csv file'),
        ('a.csv', 'message\na\n', ['--text_field', 'x', '--txt', 'y'], 'txt'),
    ],
)
def test_what_cannot_be_answered_is_one_line(ask, name, content, args, error):
    with pytest.raises(ValueError) as e:
        ask(name, content, *args)
    assert error in str(e.value) and '\n' not in str(e.value)


TWO = [{'message': 'hello, "you"', 'id': 7}, {'message': 'him', 'id': 8}]
AS_CSV = as_csv([['id', 'message'], [7, 'hello, "you"'], [8, 'him']])


@pytest.mark.parametrize(
    'content,args,like,kind',
    [
        (AS_CSV, [], 'a.csv', 'csv'),
        (AS_CSV.replace(',', ';'), [], 'a.csv', 'csv'),
        (AS_CSV.replace('\n', '\r\n').encode('utf-16'), [], 'a.csv', 'csv'),
        ('id,Message\n7,懒\n'.encode('gb18030'), ['--encoding', 'gb18030'], 'a.csv', 'csv'),
        ('id,message\n7,x\n'.encode('utf-16-le'), ['--encoding', 'utf-16-le'], 'a.csv', 'csv'),
        ('id\tmessage\n7\thello\n', [], 'a.tsv', 'tsv'),
        ('\n'.join(map(json.dumps, TWO)), [], 'a.jsonl', 'jsonl'),
        (json.dumps(TWO), [], 'a.json', 'json'),
        (json.dumps(TWO, indent=1), [], 'a.json', 'json'),
        (json.dumps(TWO[0], indent=1), [], 'a.json', 'json'),
        ('hello, you\n{him}\n', [], 'a.txt', 'lines of text'),
        ('[laughs] a message, said\n', [], 'a.txt', 'lines of text'),
        ('message\nhello\n', [], 'a.txt', 'lines of text'),
    ],
)
@pytest.mark.parametrize('place', ['-', 'a', 'b.txt'])
def test_a_text_without_an_ending_is_looked_at(
    ask, model, tmp_path, monkeypatch, capsys, content, args, like, kind, place
):
    data = content if isinstance(content, bytes) else content.encode()
    want = ask(like, content, *args).out
    if place == '-':
        monkeypatch.setattr(sys, 'stdin', io.TextIOWrapper(io.BytesIO(data)))
        predict(['--model', str(model), '-', *args])
        got, name = capsys.readouterr(), 'standard input'
    else:
        got, name = ask(place, content, *args), str(tmp_path / place)
    assert got.out == want and got.out.count('\n') > 1
    silent = place == 'b.txt' and kind == 'lines of text'
    assert got.err == f'{name} is read as {kind}\n' * (not silent)


@pytest.mark.parametrize(
    'data,error',
    [
        (b'', 'standard input is empty'),
        (b' \n', 'standard input is empty'),
        (b'caf\xe9\n', 'standard input, line 1: not utf-8. Set --encoding'),
        (b'{"message": "a"\n', 'standard input, record of line 1: the JSON breaks off here'),
        (b'{"message": "a"}\n{"mess', 'standard input, record of line 2: not JSON'),
        (b'\0\1\2', 'standard input is a binary file'),
        (b'{"text": "a"}', "standard input, record of line 1: no text in 'message'; there are: text"),
    ],
)
def test_faults_of_standard_input_are_one_line(model, monkeypatch, data, error):
    monkeypatch.setattr(sys, 'stdin', io.TextIOWrapper(io.BytesIO(data)))
    with pytest.raises(ValueError) as e:
        predict(['--model', str(model), '-'])
    assert str(e.value).startswith(error) and '\n' not in str(e.value)


@pytest.mark.parametrize(
    'inner',
    [
        '"x": 1e400, "y": -1E+2, "z": 1.10, "big": 0.12345678901234567890, "n": 12345678901234567890123',
        '"x":NaN,"y": [ 1.0,{"a":-0.0} ]',
        '"x": "\\u00e9\\/\\ud83d", "x": 2',
        '"": {}, "brace": "}{[", "line": "a\\nb"',
    ],
)
@pytest.mark.parametrize('name', ['a.jsonl', 'a.json'])
def test_json_comes_back_as_it_was_written(ask, inner, name):
    records = [f'{{"message": "hi", {inner}}}', f'{{{inner}, "message": "ho"}}']
    content = '\n'.join(records) if name == 'a.jsonl' else f'[{records[0]},\n {records[1]}]'
    lines = [line.rstrip(',') for line in ask(name, content).out.splitlines() if line[0] == '{']
    assert [record[1:-1] in line for record, line in zip(records, lines, strict=True)] == [True, True]
    assert [list(json.loads(line))[:2] for line in lines] == [OURS[:2]] * 2


@pytest.mark.parametrize(
    'kind,classes,want',
    [
        ('int', ['-1', '0', '7'], [-1, 0, 7]),
        ('bool', ['false', 'true'], [False, True]),
        ('float', ['0', '0.5', '1'], [0.0, 0.5, 1.0]),
        ('str', ['0', '1'], ['0', '1']),
        ('int', ['0', '1', 'other'], ['0', '1', 'other']),
        ('bool', ['1', 'true'], ['1', 'true']),
    ],
)
def test_labels_come_back_with_the_type_of_training(tmp_path, monkeypatch, capsys, kind, classes, want):
    cfg = GPTConfig(vocab_size=257, context_length=16, emb_dim=8, n_heads=2, n_layers=1)
    clf = Classifier(as_classifier(GPTModel(cfg), len(classes)), get_tokenizer('bytes'), classes, 16)
    save_classifier(clf, tmp_path / 'model')
    keep_fields(tmp_path / 'model', 'text', 'label', kind)
    monkeypatch.chdir(tmp_path)
    (tmp_path / 'a.jsonl').write_text('{"text": ""}\n{"text": "a"}\n')
    (tmp_path / 'a.csv').write_text('id,text\n1,a\n')
    predict(['--model', 'model', 'a.jsonl'])
    found = [json.loads(line)['prediction'] for line in capsys.readouterr().out.splitlines()]
    assert found[0] is None and repr(found[1]) in map(repr, want)
    predict(['--model', 'model', 'a.csv'])
    assert table(capsys.readouterr().out)[1][0] == classes[want.index(found[1])]
    pa, parquet = pytest.importorskip('pyarrow'), pytest.importorskip('pyarrow.parquet')
    parquet.write_table(pa.table({'text': ['', 'a']}), 'a.parquet')
    predict(['--model', 'model', 'a.parquet', '--out', 'b.parquet'])
    assert repr(parquet.read_table('b.parquet')['prediction'].to_pylist()) == repr(found)


@pytest.mark.parametrize('empty', ['', ' ', '\t ', '\u3000', None])
@pytest.mark.parametrize('name', ['a.csv', 'a.jsonl', 'a.json', 'a.txt'])
def test_a_row_without_a_text_keeps_its_place(ask, model, name, empty):
    texts = ['first', empty, 'last']
    if name == 'a.txt':
        content = '\n'.join(t or '' for t in texts) + '\n'
    elif name == 'a.csv':
        content = as_csv([['id', 'message'], *([i, t or ''] for i, t in enumerate(texts))])
    else:
        content = json.dumps([{'id': i, 'message': t} for i, t in enumerate(texts)])
    said = ask(name, content if name != 'a.jsonl' else '\n'.join(map(json.dumps, json.loads(content))))
    if name.startswith('a.js'):
        rows = [json.loads(line.strip(',')) for line in said.out.split('\n') if line[:1] == '{']
        got = [[row[n] for n in OURS] for row in rows]
        assert [row['message'] for row in rows] == texts and got[1] == [None] * 5
    else:
        rows = table(said.out)[1:]
        got = [row[:2] + row[-3:] for row in rows]
        assert [row[-4] for row in rows] == [t or '' for t in texts] and got[1] == [''] * 5
    check([*OURS], [got[0], got[2]], ['first', 'last'], model)
    assert said.err == '1 texts are empty\n'


def test_half_a_character_gets_no_label_and_is_written_as_it_was(ask):
    said = ask('a.jsonl', '{"message": "a\\ud83d"}\n{"message": "\\ud83d\\ude00"}\n')
    rows = [json.loads(line) for line in said.out.splitlines()]
    assert rows[0]['message'] == 'a\ud83d' and rows[0]['prediction'] is None and rows[1]['prediction']
    assert said.err == '1 texts have half a character: they get no label\n'
    assert is_readable('é😀') and not is_readable('a\udcff') and not is_readable(None)


@pytest.mark.parametrize(
    'name,content,head',
    [
        ('a.txt', 'hello\nyou\n', ['message']),
        ('a.txt', 'hello\r\nyou\r\n', ['message']),
        ('a.csv', 'hello\nyou\n', ['message']),
        ('a.csv', 'hello,x\nyou,y\nhim,x\n', ['message', 'kind']),
        ('a.tsv', 'x\thello\ny\tyou\nx\thim\n', ['kind', 'message']),
        ('sms', 'x\thello\ny\tyou\nx\thim\n', ['kind', 'message']),
    ],
)
def test_columns_without_a_header_get_the_names_of_training(ask, name, content, head):
    got = table(ask(name, content).out, ',' if name in ('a.txt', 'a.csv') else '\t')
    assert got[0][2:-3] == head and len(got) == 1 + content.count('\n')


@pytest.mark.parametrize(
    'name,content,number,head',
    [
        ('a.csv', '1,title,hello\n2,other,you\n', 2, ['0', '1', '2']),
        ('a.tsv', '1\ttitle\thello\n2\tother\tyou\n', 2, ['0', '1', '2']),
        ('a.csv', 'hello,x\nyou,y\n', 0, ['0', '1']),
    ],
)
def test_a_column_without_a_header_is_a_number(ask, model, name, content, number, head):
    said = ask(name, content, '--text_field', str(number))
    got = table(said.out, '\t' if name == 'a.tsv' else ',')
    assert got[0][2:-3] == head and f"a header: no column is called '{number}'" in said.err
    check(got[0][:2] + got[0][-3:], [row[:2] + row[-3:] for row in got[1:]], ['hello', 'you'], model)


@pytest.mark.parametrize('encoding', ['utf-8-sig', 'utf-16', 'gb18030'])
def test_other_encodings_are_read_and_utf8_is_written(ask, model, tmp_path, encoding):
    content = '编号,message\n１,懒狗 lazy\n'.encode(encoding)
    more = ['--encoding', 'gb18030'] if encoding == 'gb18030' else []
    got = table(ask('a.csv', content, *more, '--out', str(tmp_path / 'b.csv')).out)
    assert got == []
    got = table((tmp_path / 'b.csv').read_text(encoding='utf-8'))
    assert got[0][2:4] == ['编号', 'message'] and got[1][2:4] == ['１', '懒狗 lazy']


def test_the_one_file_of_an_archive_comes_back(ask, tmp_path):
    "A zip and a tar as the file in them, what else they hold is said; a second or a damaged file is refused."
    content = 'id,message\n7,a b\n8,"c, d"\n'.encode()
    want = ask('a.csv', content)

    def packed(name, **files):
        "The bytes of an archive."
        out = io.BytesIO()
        if name.endswith('zip'):
            with zipfile.ZipFile(out, 'w') as archive:
                for member, data in files.items():
                    archive.writestr(member.replace('_', '.'), data)
        else:
            with tarfile.open(fileobj=out, mode='w:gz') as archive:
                for member, data in files.items():
                    info = tarfile.TarInfo(member.replace('_', '.'))
                    info.size = len(data)
                    archive.addfile(info, io.BytesIO(data))
        return out.getvalue()

    for name in ('b.zip', 'b.tar.gz', 'b.tgz'):
        got = ask(name, packed(name, a_csv=content, readme=b'x', picture_png=b'x'))
        assert got.out == want.out
        assert got.err.splitlines() == [f'{tmp_path / name}: 2 other files are not read']
        with pytest.raises(ValueError, match=f'{name} holds more than one file that is read'):
            ask(name, packed(name, a_csv=content, b_jsonl=b'{"message": "a"}'))
        with pytest.raises(ValueError, match='cut off or damaged'):
            ask(name, packed(name, a_csv=content * 99)[:-99])
    with pytest.raises(ValueError, match="b.zip: a.csv has no column 'message'"):
        ask('b.zip', packed('b.zip', a_csv=b'x,y,z\n1,2,3\n'))
    with pytest.raises(ValueError, match='name a .csv file'):
        ask('b.zip', packed('b.zip', a_csv=content), '--out', str(tmp_path / 'b.jsonl'))


def test_parquet_comes_back_as_parquet(ask, model, tmp_path):
    pa, parquet = pytest.importorskip('pyarrow'), pytest.importorskip('pyarrow.parquet')
    texts = ['one\u2028"x"', None, '', 'four\n,']
    columns = {
        'id': pa.array([1, 2, 3, None], pa.int8()),
        'message': pa.array(texts).dictionary_encode(),
        'tags': [['a'], [], None, ['b', 'c']],
        'when': pa.array([0, 1, 2, 3], pa.timestamp('ms')),
        'prediction': ['theirs'] * 4,
    }
    before = pa.table(columns)
    parquet.write_table(before, tmp_path / 'in.parquet')
    content = (tmp_path / 'in.parquet').read_bytes()
    said = ask('a.parquet', content, '--out', str(tmp_path / 'b.parquet'))
    after = parquet.read_table(tmp_path / 'b.parquet')
    names = ['prediction_2', *OURS[1:]]
    assert after.column_names == [*names[:2], *columns, *names[2:]]
    assert after.select(list(columns)).to_pylist() == before.to_pylist()
    rows = [[row[name] for name in names] for row in after.to_pylist()]
    check(OURS, [rows[0], rows[3]], [texts[0], texts[3]], model)
    assert rows[1] == rows[2] == [None] * 5
    assert said.err.splitlines() == [
        "the file has a column 'prediction': ours is 'prediction_2'",
        '2 texts are empty',
    ]
    for args, error in (
        ([], 'set --out to a parquet file'),
        (['--text_field', 'id', '--out', 'b.parquet'], "row 1: 'id' is no text but 1"),
        (
            ['--text_field', 'nothing', '--out', 'b.parquet'],
            "no column 'nothing'. Set --text_field: there are: id, message",
        ),
        (['--out', 'b.csv'], 'name a .parquet file'),
        (['--out', str(tmp_path / 'a.parquet')], 'the file that is read'),
    ):
        with pytest.raises(ValueError, match=error):
            ask('a.parquet', content, *args)
    with pytest.raises(ValueError, match='cut off or damaged'):
        ask('a.parquet', content[:60], '--out', 'b.parquet')


CELL = st.text(st.characters(exclude_categories=['Cs'], exclude_characters='\0'), max_size=6)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(CELL, CELL, CELL), min_size=1, max_size=5))
def test_any_table_comes_back_with_its_cells(ask, rows):
    rows = [list(row) for row in rows]
    head = ['a', 'message', 'b']
    got = table(ask('a.csv', as_csv([head, *rows])).out)
    assert [row[2:-3] for row in got] == [head, *rows]
    records = [dict(zip(head, row)) for row in rows]
    lines = ask('a.jsonl', '\n'.join(map(json.dumps, records))).out.splitlines()
    assert [{k: json.loads(line)[k] for k in head} for line in lines] == records


def test_run_names_are_taken_also_where_a_folder_has_the_name(model, tmp_path, monkeypatch, capsys):
    import shutil

    from llm_book.core.runs import create_run, finish_run

    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv('LLM_PROJECT_ROOT', str(tmp_path))
    folder = create_run('classification', 'mine', {})
    shutil.copytree(model, folder / 'model')
    (tmp_path / 'lines.txt').write_text('hello\n')
    with pytest.raises(ValueError, match='not finished'):
        predict(['--model', 'mine', 'lines.txt'])
    finish_run(folder)
    (tmp_path / 'mine').mkdir()  # of data, say
    answers = set()
    for name in ('mine', str(folder), str(folder / 'model'), f'logs/classification/{folder.name}'):
        predict(['--model', name, 'lines.txt'])
        answers.add(capsys.readouterr().out)
    assert len(answers) == 1
    with pytest.raises(FileNotFoundError, match='holds no classifier'):
        predict(['--model', './mine', 'lines.txt'])


@pytest.mark.parametrize(
    'values,name',
    [
        ([1, 1.0, '1', ' 1 '], '1'),
        ([0, 0.0, -0.0, '0'], '0'),
        ([True, 'True', 'true'], 'true'),
        ([False, 'False', 'false '], 'false'),
        ([0.5, '0.5'], '0.5'),
        ([-3, -3.0, '-3'], '-3'),
        ([10**20, 1e20, str(10**20)], str(10**20)),
        (['懒', ' 懒\n'], '懒'),
        (['ham'], 'ham'),
        (['TRUE'], 'TRUE'),
        ([None, float('nan'), '', ' '], ''),
    ],
)
def test_one_class_per_value(values, name):
    assert {label_of(value) for value in values} == {name}


@pytest.mark.parametrize(
    'value,kind',
    [
        (['a'], 'list'),
        ([], 'list'),
        ([1, 2], 'list'),
        ([['a']], 'list'),
        ({'a': 1}, 'dict'),
        ({}, 'dict'),
        (b'a', 'bytes'),
        (('a',), 'tuple'),
        (1j, 'complex'),
        ({'a'}, 'set'),
    ],
)
def test_other_labels_are_no_classes(value, kind):
    with pytest.raises(BadRecord) as e:
        label_of(value)
    assert e.value.reason == f'label is a {kind}'


@pytest.mark.parametrize('name', ['a.json', 'a.jsonl', 'a.parquet'])
def test_odd_labels_are_counted_by_reason(tmp_path, name):
    good = [('one', 'ham'), ('two', 'spam')]
    if name == 'a.parquet':
        pa, parquet = pytest.importorskip('pyarrow'), pytest.importorskip('pyarrow.parquet')
        parquet.write_table(
            pa.table({'text': ['one', 'two', 'x', None], 'label': ['ham', 'spam', None, 'ham']}),
            tmp_path / name,
        )
        want = {'no label': 1, 'empty text': 1}
    else:
        rows = [
            {'text': t, 'label': c} for t, c in [*good, ('x', ['a']), ('y', {'a': 1}), ('z', None), ('w', [])]
        ]
        text = json.dumps(rows) if name == 'a.json' else '\n'.join(map(json.dumps, rows))
        (tmp_path / name).write_text(text)
        want = {'label is a list': 2, 'label is a dict': 1, 'no label': 1}
    assert read_labelled(tmp_path / name) == (good, want)
    if name == 'a.parquet':
        (tmp_path / name).write_bytes((tmp_path / name).read_bytes()[:50])
        with pytest.raises(ValueError, match='a.parquet is damaged: fetch it again'):
            read_labelled(tmp_path / name)
