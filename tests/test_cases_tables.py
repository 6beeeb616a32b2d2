"Files as they really are: each case of issue 20 on tables and texts (C, D, P), and variations."

import bz2
import gzip
import importlib
import io
import json
import lzma
import os
import shlex
import shutil
from dataclasses import replace

import pandas as pd
import pytest
from conftest import TINY
from hypothesis import assume, example, given, strategies as st

from llm_book.tune.texts import texts_of
from llm_book.data.__main__ import main as data_command
from llm_book.data.byte_ranges import is_note
from llm_book.data.conversation_files import load_conversations
from llm_book.data.corpus import DataConfig, text_corpus
from llm_book.data.datasets import prepare_text
from llm_book.data.documents import documents
from llm_book.data.folders import survey_files, text_files
from llm_book.data.job_reports import describe_other_files
from llm_book.data.jobs import Options
from llm_book.data.labelled import Example, read_labelled
from llm_book.data.pretokenize import pretokenize
from llm_book.data.shard_meta import read_meta
from llm_book.data.shards import open_shards
from llm_book.data.sources import BadRecord
from llm_book.data.tables import read_table
from llm_book.text.tokenizer_files import get_tokenizer

TOK = get_tokenizer('bytes')
SAT = [f'文档{i}。The cat {i} sat.' for i in range(6)]
ROWS = [{'text': t, 'id': i} for i, t in enumerate(SAT)]


def file(folder, name, data):
    "A file with this text or these bytes."
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    return path


def made(source, out, **options):
    "The documents that `pretokenize` made of a source, and how many were left out, by reason."
    more = file(out.parent / 'more', f'{out.name}.txt', 'A text that is always there.')  # none is an error
    meta = pretokenize([source, more], out, TOK, Options(val=0, **options), max_bad=1)
    shards = open_shards(out, 'train', TOK)
    return [TOK.decode(shards.doc(i)) for i in range(shards.n_docs - 1)], {
        r: e['count'] for r, e in meta['skipped'].items() if not is_note(r)
    }


def a_line_each(rows):
    return ''.join(json.dumps(row, ensure_ascii=False) + '\n' for row in rows)


@pytest.mark.parametrize(
    'name', ['train.json', 'Train.JSON', 'train.jl', 'train.JSONL', 'train.ndjson', 'train.data', 'train']
)
def test_json_lines_by_ending_and_content(tmp_path, name):  # D01
    assert made(file(tmp_path, name, a_line_each(ROWS)), tmp_path / 'out') == (SAT, {})


@pytest.mark.parametrize('name', ['array.json', 'array.jsonl', 'Array.JSON'])
@pytest.mark.parametrize('indent', [None, 2])
@pytest.mark.parametrize('mark', ['', '\ufeff'])
def test_json_arrays(tmp_path, name, indent, mark):  # D03
    path = file(tmp_path, name, mark + json.dumps(ROWS, indent=indent))
    assert made(path, tmp_path / 'out') == (SAT, {})


def test_json_objects_over_several_lines_and_what_breaks_off(tmp_path):
    path = file(tmp_path, 'a.json', '\n'.join(json.dumps(row, indent=1) for row in ROWS))
    assert made(path, tmp_path / 'out') == (SAT, {})
    cut = file(tmp_path, 'cut.json', json.dumps(ROWS)[:-40])
    assert made(cut, tmp_path / 'out2') == (SAT[:5], {'cut off or damaged': 1})
    with pytest.raises(ValueError, match='cut off or damaged: 1 .*what follows there is lost'):
        pretokenize(cut, tmp_path / 'out4', TOK, Options(val=0))
    numbers = file(tmp_path, 'numbers.json', '[1, {"text": "a"}, {"words": "b"}, {"text": 3}]')
    assert made(numbers, tmp_path / 'out3') == (
        ['a'],
        {'not a JSON object': 1, "no field 'text'": 1, "'text' is not text": 1},
    )


@pytest.mark.parametrize('name', ['clue.json', 'clue.JSONL', 'clue.jl'])
def test_labelled_json(tmp_path, name):  # C01
    rows = [{'text': f't{i}', 'label': i % 2} for i in range(6)]
    want = [Example(f't{i}', str(i % 2)) for i in range(6)]
    assert read_labelled(file(tmp_path, name, a_line_each(rows))) == (want, {})
    assert read_labelled(file(tmp_path, name, json.dumps(rows)))[0] == want
    assert texts_of(str(file(tmp_path, name, json.dumps(rows, indent=1)))) == [e.text for e in want]


@pytest.mark.parametrize(
    'name,data',
    [
        ('book.pdf', b'%PDF-1.7'),
        ('t.txt', b'%PDF-1.7'),
        ('x.bin', b'a\0b'),
        ('a.7z', b'7z\xbc\xaf'),
        ('a.rar', b'Rar!'),
        ('letter.docx', b'PK\3\4rest'),
        ('book.epub', b'PK\3\4rest'),
    ],
)
def test_what_is_no_text_is_refused_by_name(tmp_path, name, data):  # D04: test_cases_archives.py reads tar
    path = file(tmp_path, name, data)
    with pytest.raises(ValueError, match=f'{name} is a .* file: unpack or convert it; txt, jsonl, json'):
        pretokenize(path, tmp_path / 'out', TOK)


@pytest.mark.parametrize(
    'rows,bad',
    [('0,Doc 0 begins here, and goes on, and on\n' * 6, 6), ('0,fine\n1,cut, short\n', 1), ('0\n1,b\n', 1)],
)
def test_rows_with_another_number_of_fields_are_counted(tmp_path, rows, bad):  # D05
    path = file(tmp_path, 'a.csv', 'id,text\n' + rows)
    texts, skipped = made(path, tmp_path / 'out')
    assert skipped == {'another number of fields': bad} and len(texts) == rows.count('\n') - bad
    with pytest.raises(ValueError, match=f'another number of fields: {bad}'):
        pretokenize(path, tmp_path / 'o2', TOK)


def test_an_open_quote_swallows_nothing_in_silence(tmp_path):  # D07
    path = file(tmp_path, 'a.csv', 'id,text\n1,"open quote starts here\n2,second\n3,third\n4,fourth\n')
    assert made(path, tmp_path / 'out') == ([], {'not CSV: a quote is never closed': 4})
    path = file(tmp_path, 'b.csv', 'id,text\n0,good\n1,"open\n2,"closed"\n3,good too\n')
    assert made(path, tmp_path / 'out2') == (
        ['good', 'good too'],
        {'not CSV: quotes in the middle of a field': 2},
    )
    path = file(tmp_path, 'c.csv', 'id,text\n1,"two\nlines"\n2,"three\n\nlines"\n')
    assert made(path, tmp_path / 'out3') == (['two\nlines', 'three\n\nlines'], {})


@pytest.mark.parametrize(
    'data',
    [
        '\ufeff"text","id"\n"Doc 1","1"\n"Doc 2","2"\n',
        '\ufefftext,id\r\nDoc 1,1\r\nDoc 2,2\r\n',
        'text,id\rDoc 1,1\rDoc 2,2\r',
        'id;text\n1;Doc 1\n2;Doc 2\n',
        'id|text\n1|Doc 1\n2|Doc 2',
        'id, text\n1, "Doc 1"\n2, "Doc 2"\n',
        'id\ttext\n1\tDoc 1\n2\tDoc 2\n',
    ],
)
@pytest.mark.parametrize('encoding', ['utf-8', 'utf-16'])
def test_csv_of_every_dialect(tmp_path, data, encoding):  # D08
    path = file(
        tmp_path, 'a.csv', data.removeprefix('\ufeff').encode('utf-16') if encoding == 'utf-16' else data
    )
    assert made(path, tmp_path / 'out') == (['Doc 1', 'Doc 2'], {})


def test_marks_and_ends_of_lines_in_text(tmp_path):  # D09, D11
    assert made(file(tmp_path, 'bom.txt', '\ufeffThe cat sat.'), tmp_path / 'o1')[0] == ['The cat sat.']
    (tmp_path / 'bom.txt.gz').write_bytes(gzip.compress('\ufeff文档'.encode()))
    assert made(tmp_path / 'bom.txt.gz', tmp_path / 'o2')[0] == ['文档']
    assert made(file(tmp_path, 'l.txt', '\ufeffone\ntwo'), tmp_path / 'o3', separator='\\n')[0] == [
        'one',
        'two',
    ]
    for k, (data, sep) in enumerate(
        [
            ('one\r\n\r\ntwo\r\n\r\nthree\r\n', '\\n\\n'),
            ('one\r\n---\r\ntwo\r\n---\r\nthree', '\\n---\\n'),
            ('one\n\ntwo\n\nthree', '\\n\\n'),
            ('one\r\n\r\ntwo\r\n\r\nthree', '\\r\\n\\r\\n'),
            ('one\ttwo\tthree', '\\t'),
        ]
    ):
        assert made(file(tmp_path, f's{k}.txt', data), tmp_path / f's{k}', separator=sep)[0] == [
            'one',
            'two',
            'three',
        ]
    long = file(tmp_path, 'long.txt', '\r\n\r\n'.join(f'text {i}' for i in range(500)))  # cut into ranges
    assert made(long, tmp_path / 'long', separator='\\n\\n', shard_mb=0.001)[0] == [
        f'text {i}' for i in range(500)
    ]


@pytest.mark.parametrize('name', ['table.tsv', 'table.tab', 'TABLE.TSV'])
def test_tsv_as_pandas_writes_it(tmp_path, name):  # D13, C06
    assert made(file(tmp_path, name, 'id\ttext\n1\tDoc one\n2\tDoc two\n'), tmp_path / 'out') == (
        ['Doc one', 'Doc two'],
        {},
    )
    assert read_labelled(file(tmp_path, name, 'label\ttext\n1\t"say ""hi"""\n0\tc\n'))[0] == [
        ('say "hi"', '1'),
        ('c', '0'),
    ]
    odd = ['say "hi"', 'two\nlines', 'a\ttab', 'plain', '"', '"quoted"']
    for k, quoting in enumerate((0, 1)):  # where needed, and everywhere
        pd.DataFrame({'text': odd, 'label': list('ababab')}).to_csv(
            tmp_path / name, sep='\t', index=False, quoting=quoting
        )
        assert [e.text for e in read_labelled(tmp_path / name)[0]] == odd
        assert made(tmp_path / name, tmp_path / f'o{k}') == (odd, {})
    sms = file(tmp_path, name, 'ham\t"Hello there\nspam\tWIN a prize\nham\tshe said "yes"\nham\tbye"\n')
    assert [e.text for e in read_labelled(sms)[0]] == [
        '"Hello there',
        'WIN a prize',
        'she said "yes"',
        'bye"',
    ]


@pytest.mark.parametrize(
    'end,pack',
    [('.GZ', gzip.compress), ('.gz', gzip.compress), ('.bz2', bz2.compress), ('.XZ', lzma.compress)],
)
def test_packed_whatever_the_capitals(tmp_path, end, pack):  # D15
    assert made(file(tmp_path, f'Upper.jsonl{end}', pack(a_line_each(ROWS).encode())), tmp_path / 'out') == (
        SAT,
        {},
    )
    assert made(file(tmp_path, f'c4.json{end}', pack(a_line_each(ROWS).encode())), tmp_path / 'out2') == (
        SAT,
        {},
    )
    cut = file(tmp_path, f'cut.txt{end}', pack(a_line_each(ROWS).encode())[:-9])
    assert made(cut, tmp_path / 'out3')[1] == {'cut off or damaged': 1}


def test_folders_leave_nothing_out_in_silence(tmp_path, capsys, monkeypatch):  # D16, D18
    for name in (
        '.ipynb_checkpoints/book-checkpoint.txt',
        '.git/x.txt',
        '.hidden.txt',
        'b.md',
        'notes',
        'x.png',
    ):
        file(tmp_path / 'f', name, 'Old.')
    file(tmp_path / 'f', 'a.txt', 'New edition.')
    file(tmp_path / 'f', 'deep/c.json', '{"text": "C"}')
    file(tmp_path / 'elsewhere', 'd.txt', 'D')
    os.symlink(tmp_path / 'elsewhere', tmp_path / 'f' / 'link')
    os.symlink(tmp_path / 'elsewhere' / 'd.txt', tmp_path / 'f' / 'e.txt')
    os.symlink(tmp_path / 'nowhere', tmp_path / 'f' / 'broken.txt')
    monkeypatch.chdir(tmp_path)
    data_command(['pretokenize', 'f', '--tokenizer', 'bytes', '--val', '0', '--out', 'f/out'])
    said = capsys.readouterr().out
    for line in (
        '2 hidden folders',
        '1 hidden files',
        '1 links to folders',
        '1 broken links',
        '3 files of other endings (.md, .png, no ending)',
    ):
        assert f'left out {line}' in said
    assert '3 documents' in said
    data_command(
        ['pretokenize', 'f', '--tokenizer', 'bytes', '--val', '0', '--out', 'f/out']
    )  # its own files are no source
    assert capsys.readouterr().out == said
    assert [f.name for f in text_files(tmp_path / 'f' / '.git')] == ['x.txt']  # asked for by name


def test_labels_are_one_class_a_value(tmp_path):  # C03, C04
    def read(*labels):
        return read_labelled(
            file(
                tmp_path, 'a.jsonl', a_line_each({'text': f't{i}', 'label': v} for i, v in enumerate(labels))
            )
        )

    assert read(['a'], 'b', ['a', 'b'], {'x': 1}) == (
        [('t1', 'b')],
        {'label is a list': 2, 'label is a dict': 1},
    )
    assert [e.label for e in read(1.0, 1, 0, -1.0, 1e3)[0]] == ['1', '1', '0', '-1', '1000']
    assert [e.label for e in read(True, 'true', 'True', False, 'False')[0]] == ['true'] * 3 + ['false'] * 2
    assert [e.label for e in read(0.5, '1.10', ' x ')[0]] == ['0.5', '1.10', 'x']
    assert read(float('nan'), None, '', 'a')[1] == {'no label': 3}
    with pytest.raises(ValueError, match='label is a list'):
        read(['a'], ['b'])


def test_labelled_csv_dialects(tmp_path):  # C08, C09
    assert read_labelled(file(tmp_path, 'a.csv', 'text;label\n"a;x";1\n"b";0\n')) == (
        [('a;x', '1'), ('b', '0')],
        {},
    )
    assert read_labelled(file(tmp_path, 'b.csv', 'label, text\n1, "a, x"\n0, "b"\n')) == (
        [('a, x', '1'), ('b', '0')],
        {},
    )
    assert read_labelled(file(tmp_path, 'c.csv', 'label,text\n1,"a; x"\n0,b; c; d\n')) == (
        [('a; x', '1'), ('b; c; d', '0')],
        {},
    )
    assert read_labelled(file(tmp_path, 'd.csv', 'text,label\nx, "b" said,1\nfine,0\n'))[1] == {
        'another number of fields': 1
    }


@pytest.mark.parametrize('sign', ['\u2028', '\u2029', '\x85', '\x0b', '\x0c', '\x1c', '\x1e'])
def test_predict_never_moves_a_row(tmp_path, monkeypatch, sign):  # C10
    want = [f'one{sign}still one', '', f'two{sign}still two']
    assert texts_of(str(file(tmp_path, 'a.txt', '\n'.join(want) + '\n'))) == want
    assert texts_of(str(file(tmp_path, 'b.txt', '\r\n'.join(want)))) == want
    monkeypatch.setattr('sys.stdin', io.TextIOWrapper(io.BytesIO(('\n'.join(want) + '\n').encode())))
    assert texts_of('-') == want
    assert texts_of(str(file(tmp_path, 'c.csv', 'text\n' + '\n'.join(f'"{t}"' for t in want) + '\n'))) == want
    assert texts_of(str(file(tmp_path, 'd.jsonl', a_line_each({'text': t} for t in want)))) == want


@pytest.mark.parametrize(
    'data', ['text,label\n a, b,1\n', 'label,text\n1\n', 'text,label\nfine,1\n"a, b",1,2\n']
)
def test_predict_refuses_rows_that_would_be_cut(tmp_path, data):  # C12
    with pytest.raises(ValueError, match=r'a\.csv: line \d has \d fields, not 2'):
        texts_of(str(file(tmp_path, 'a.csv', data)))
    for bad, why in (
        ('[1, 2]', '1 is no JSON object'),
        ('{"text": 3}', "no text in 'text' but 3"),
        ('{"words": "a"}', "no text in 'text'; there are: words"),
        ('no JSON', 'not JSON'),
    ):
        with pytest.raises(ValueError, match=f'record of line 1: {why}'):
            texts_of(str(file(tmp_path, 'a.jsonl', bad)))


def test_home_is_home_after_an_equals_sign(tmp_path, monkeypatch, capsys):  # P03
    monkeypatch.setenv('HOME', str(tmp_path / 'home'))
    monkeypatch.chdir(tmp_path)
    file(tmp_path, 'a.txt', 'A text.')
    file(tmp_path, 'home/b.txt', 'Another.')
    for args, name in ((['a.txt', '--out=~/shards'], 'shards'), (['~/b.txt', '--out', '~/more'], 'more')):
        data_command(['pretokenize', *args, '--tokenizer', 'bytes'])
        assert read_meta(tmp_path / 'home' / name)
    assert not (tmp_path / '~').exists()


@pytest.mark.parametrize(
    'option,value',
    [
        ('val', 5),
        ('val', -1),
        ('val', 'nan'),
        ('eot_id', 70000),
        ('eot_id', -1),
        ('workers', -1),
        ('max_bad', 2),
        ('max_bad', -0.1),
        ('min_chars', -1),
        ('shard_mb', 0),
        ('shard_mb', -1),
        ('part', '0/2'),
        ('part', '3/2'),
    ],
)
def test_settings_out_of_range_are_errors(tmp_path, option, value):  # P05
    path = file(tmp_path, 'a.txt', 'A text.')
    with pytest.raises(ValueError, match=option.replace('workers', 'workers').replace('part', 'part')):
        data_command(
            [
                'pretokenize',
                str(path),
                '--tokenizer',
                'bytes',
                '--out',
                str(tmp_path / 'o'),
                f'--{option}',
                str(value),
            ]
        )
    assert not (tmp_path / 'o').exists()


fields = st.text(
    st.characters(exclude_categories=['Cs'], exclude_characters='\0'), max_size=8
) | st.sampled_from(['"', 'a,b', '\n', 'a;b', '\t', '" "', ';'])


@given(
    st.lists(st.lists(fields, min_size=2, max_size=2), min_size=1, max_size=6),
    st.sampled_from([',', ';', '\t']),
    st.sampled_from([0, 1]),
)
@example([['', '']], '\t', 0)
def test_what_pandas_writes_is_read_back(tmp_path_factory, rows, delimiter, quoting):
    "The same rows, or fewer with a count: never other ones."
    assume(quoting or '\r' not in ''.join(sum(rows, [])))  # pandas writes it without quotes: another row
    path = tmp_path_factory.mktemp('table') / ('a.tsv' if delimiter == '\t' else 'a.csv')
    pd.DataFrame(rows, columns=['text', 'label']).to_csv(
        path, sep=delimiter, index=False, quoting=quoting, lineterminator='\n'
    )
    back = pd.read_csv(path, sep=delimiter, dtype=str, keep_default_na=False)
    got = [row for _, row in read_table(path)][1:]
    good = [row for row in got if not isinstance(row, BadRecord)]
    assert len(good) < len(got) or good == [list(row) for row in back.values]
    assert [r for r in good if r not in rows] == [] or len(good) < len(got)


def test_documents_of_a_csv_name_the_line(tmp_path):
    path = file(tmp_path, 'a.csv', 'id,text\n1,"two\nlines"\n2,x,y\n')
    found = [(n, d if isinstance(d, str) else str(d)) for n, d in documents(path)]
    assert found == [(2, 'two\nlines'), (4, 'line 4 has 3 fields, not 2')]


@pytest.mark.parametrize('encoding', ['idna', 'punycode', 'undefined'])
def test_an_encoding_of_other_things_than_texts_is_refused(tmp_path, encoding):
    path = file(tmp_path, 'a.txt', 'Grüße')
    with pytest.raises(ValueError, match=f'encoding {encoding!r} is unknown: utf-8'):
        data_command(
            [
                'pretokenize',
                str(path),
                '--tokenizer',
                'bytes',
                '--out',
                str(tmp_path / 'o'),
                '--encoding',
                encoding,
            ]
        )


def test_sources_that_changed_and_kept_their_size_are_noticed(tmp_path):
    path, args = (
        file(tmp_path, 'a.txt', 'one'),
        ['pretokenize', str(tmp_path / 'a.txt'), '--tokenizer', 'bytes', '--out'],
    )
    data_command([*args, str(tmp_path / 'o')])
    data_command([*args, str(tmp_path / 'o')])  # complete: nothing to do
    path.write_text('two')
    later = (tmp_path / 'o' / 'meta.json').stat().st_mtime_ns + 10**9
    os.utime(path, ns=(later, later))
    with pytest.raises(ValueError, match='a.txt was changed after .* was begun: delete it'):
        data_command([*args, str(tmp_path / 'o')])


READ = ['--data.tokenizer', 'bytes', '--data.train_path']


def test_pretrain_says_what_it_leaves_out(tmp_path, run):
    folder = tmp_path / 'texts'
    folder.mkdir()
    file(folder, 'a.txt', 'The fox met the hare by the old mill. ' * 2000)
    file(folder, 'b.html', '<p>x</p>')
    rows = ''.join(f'{{"text": "{"A tale. " * 9}{i}"}}\n' for i in range(1200))
    file(tmp_path, 'a.jsonl', rows + '{"text": ""}\n{"text": \n')
    said = []
    for path in (folder, tmp_path / 'a.jsonl'):
        done = run(
            'llm_book.pretrain',
            *TINY,
            '--training.max_steps',
            1,
            '--model.config.context_length',
            16,
            *READ,
            path,
        )
        said += [line for line in done.stdout.splitlines() if line.startswith('left out')]
    assert said[0] == 'left out: 1 files of other endings (.html)', said
    assert [line.split(':')[1].strip() for line in said[1:]] == ['not JSON', 'too short'], said


@pytest.mark.parametrize(
    'damage,says',
    [
        (lambda row: "{'text': 'x'}", r'a.json is not JSON at line 61 \(column 2\): mend it'),
        (lambda row: row + '\n]', r'a.json is not JSON at line 62 \(column 2\): mend it'),
        (lambda row: row + '{"', r'a.json is not JSON at line 61 \(column \d+\): mend it'),
    ],
)
def test_labelled_texts_that_break_off_are_refused(tmp_path, damage, says):
    rows = [json.dumps({'text': f'text {i}', 'label': i % 2}) for i in range(120)]
    rows[60] = damage(rows[60])
    path = file(tmp_path, 'a.json', '[' + ',\n'.join(rows) + ']')
    with pytest.raises(ValueError, match=says):
        read_labelled(path)
    path = file(tmp_path, 'cut.json', '[' + ',\n'.join(rows[:60]))
    with pytest.raises(ValueError, match='cut.json is cut off or damaged .line 60: the JSON breaks off'):
        read_labelled(path)


WANTED = "no field 'text': 2 .a.{end}:.*; there are: 'body', 'id'; name the field with the text: --text_field"


@pytest.mark.parametrize('end', ['jsonl', 'json', 'csv', 'parquet', 'arrow'])
def test_a_wrong_field_is_told_with_those_that_are_there(tmp_path, end):
    rows, path = [{'body': 'one', 'id': 1}, {'body': 'two', 'id': 2}], tmp_path / f'a.{end}'
    if end == 'parquet':
        pd.DataFrame(rows).to_parquet(path)
    elif end == 'arrow':
        pd.DataFrame(rows).to_feather(path)
    else:
        made_of = {'jsonl': a_line_each(rows), 'json': json.dumps(rows), 'csv': 'body,id\none,1\ntwo,2\n'}
        file(tmp_path, path.name, made_of[end])
    args = ['pretokenize', str(path), '--tokenizer', 'bytes', '--val', '0', '--out', str(tmp_path / 'o')]
    for more in ([], ['--max_bad', '1']):
        with pytest.raises(ValueError, match='no document is left .' + WANTED.format(end=end)) as told:
            data_command([*args, *more])
        assert 'max_bad' not in str(told.value)
    data_command([*args, '--text_field', 'body'])  # in the same folder
    assert read_meta(tmp_path / 'o')['splits']['train']['documents'] == 2
    with pytest.raises(ValueError, match="no field 'text'; there are: 'body', 'id' .--strict stops here"):
        data_command([*args[:-1], str(tmp_path / 'o2'), '--strict'])


def test_some_records_without_the_field(tmp_path):
    many = {f'column {k}': k for k in range(30)}
    path = file(tmp_path, 'a.jsonl', a_line_each([*ROWS, many]))
    told = "no field 'text': 1 .a.jsonl:7.; there are: 'column 0', .*'column 9', ...; name .* --max_bad 0.16;"
    with pytest.raises(ValueError, match=told):
        pretokenize(path, tmp_path / 'o', TOK, Options(val=0))
    assert pretokenize(path, tmp_path / 'o', TOK, Options(val=0), max_bad=0.16)


@pytest.mark.parametrize('data', ['', '{"text": ""}\n{"text": ""}\n', 'no\n'])
def test_a_set_without_documents_is_an_error(tmp_path, data):
    with pytest.raises(
        ValueError, match='no document is left .*a.jsonl:1.*: mend the source, or name another'
    ):
        pretokenize(file(tmp_path, 'a.jsonl', data), tmp_path / 'o', TOK, max_bad=1)
    assert not (tmp_path / 'o').exists()


def test_another_job_names_the_files_and_settings(tmp_path):
    for name in 'abc':
        file(tmp_path / 'in', f'{name}.txt', 'as long')
    pretokenize(tmp_path / 'in', tmp_path / 'o', TOK, part=(1, 2))

    def told(**options):
        with pytest.raises(ValueError, match='o was begun (.*): delete it, or name another folder') as e:
            pretokenize(tmp_path / 'in', tmp_path / 'o', TOK, Options(**options), part=(2, 2))
        return str(e.value).partition('begun ')[2].partition(':')[0]

    assert told(val=0.5) == 'with val 0.005, not 0.5'
    file(tmp_path / 'in', 'b.txt', 'longer than it was')
    assert told() == 'before a change of b.txt'
    (tmp_path / 'in' / 'a.txt').rename(tmp_path / 'in' / 'd.txt')
    assert told(min_chars=2) == 'without d.txt; with a.txt; before a change of b.txt; with min_chars 1, not 2'


@pytest.mark.parametrize(
    'data', ['sep=;\r\nid;text\r\n1;a, b\r\n', '"sep=|"\nid|text\n1|a, b\n', 'sep=\t\nid\ttext\n1\ta, b\n']
)
@pytest.mark.parametrize('encoding', ['utf-8', 'utf-8-sig', 'utf-16'])
def test_the_first_line_of_excel_names_the_delimiter(tmp_path, data, encoding):
    path = file(tmp_path, 'a.csv', data.encode(encoding))
    assert made(path, tmp_path / 'out') == (['a, b'], {})
    assert [n for n, _ in documents(path)] == [3]
    assert texts_of(str(path)) == ['a, b']


def test_labels_below_the_first_line_of_excel(tmp_path):
    path = file(tmp_path, 'a.csv', 'sep=;\ntext;label\none, two;a\nthree, four;b\n')
    assert read_labelled(path)[0] == [Example('one, two', 'a'), Example('three, four', 'b')]


@pytest.mark.parametrize(
    'name,data,texts',
    [
        ('a.txt', b'A fine text.', []),
        ('a.jsonl', b'{"text": "good"}\n{"text": "to', ['good']),
        ('a.jsonl', b'{"text": "good"}\n', ['good']),
        ('a.csv', b'id,text\n1,good\n2,to', ['good']),
        ('a.tsv', b'id\ttext\n1\tgood\n2\tto', ['good']),
    ],
)
def test_zeros_that_a_crash_leaves_are_no_utf16(tmp_path, name, data, texts):
    path = file(tmp_path, name, data + b'\0' * 4096)
    assert made(path, tmp_path / 'o') == (texts, {'ends in NUL bytes': 1})


def test_what_zeros_say_about_a_text(tmp_path):
    for name in ('utf-16-le', 'utf-16-be', 'utf-32-le', 'utf-32-be'):
        path = file(tmp_path, f'{name}.txt', 'Grüße, 世界. The cat sat.\n'.encode(name))
        with pytest.raises(ValueError, match=f'looks like {name[:6].upper()} .*--encoding {name}`'):
            pretokenize(path, tmp_path / 'o', TOK)
    with pytest.raises(ValueError, match='hole.txt is a binary file'):
        pretokenize(file(tmp_path, 'hole.txt', b'abc' + b'\0' * 9000 + b'def'), tmp_path / 'o', TOK)
    with pytest.raises(ValueError, match='a.txt ends in NUL bytes, as after a crash: mend it'):
        prepare_text(file(tmp_path, 'a.txt', b'abc\0\0'), None, tmp_path / 'o', TOK)


@pytest.mark.parametrize('encoding', ['utf-16-le', 'utf-16-be'])
@pytest.mark.parametrize(
    'name,text', [('a.csv', 'n,text\n' + '1,一只猫？\n' * 40), ('a.jsonl', '{"text": "狐狸一"}\n' * 40)]
)
def test_short_chinese_texts_in_utf16_are_no_binary_files(tmp_path, name, text, encoding):
    path = file(tmp_path, name, text.encode(encoding))
    with pytest.raises(ValueError, match=f'looks like UTF-16 .*--encoding {encoding}'):
        pretokenize(path, tmp_path / 'o', TOK)
    mixed = (bytes(range(64)) + b'\0' * 40) * 9
    with pytest.raises(ValueError, match='is a binary file'):
        pretokenize(file(tmp_path, name, mixed), tmp_path / 'o', TOK)


LONG, DEEP = '9' * 5000, '[' * 9999 + '"]"' + ']' * 9999
ODD = {LONG: 'JSON with an integer of too many digits', DEEP: 'JSON nested too deeply'}


@pytest.mark.parametrize('name', ['a.json', 'a.jsonl'])
@pytest.mark.parametrize('value', ODD, ids=['long', 'deep'])
def test_json_that_python_does_not_read_is_named_and_costs_itself(tmp_path, name, value):
    lines = [f'{{"text": "{t}", "n": {value if t == "b" else 1}}}' for t in 'abc']
    path = file(tmp_path, name, '\n'.join(lines) if name == 'a.jsonl' else f'[{",".join(lines)}]')
    assert made(path, tmp_path / 'o') == (['a', 'c'], {ODD[value]: 1})
    place = '2' if name == 'a.jsonl' else '1 item 2'
    with pytest.raises(ValueError, match=f'{name}:{place}: {ODD[value]} .--strict'):
        pretokenize(path, tmp_path / 'o2', TOK, strict=True)
    with pytest.raises(ValueError, match=f'record of line {place}: {ODD[value]}'):
        texts_of(str(path))


def test_conversations_after_json_that_python_does_not_read(tmp_path):
    rows = [json.dumps({'prompt': f'p{k}', 'completion': f'c{k}'}) for k in range(3)]
    path = file(tmp_path, 'a.json', '[' + ', '.join([*rows, f'{{"prompt": {LONG}}}', '1']) + ']')
    good, report = load_conversations(str(path))
    assert [where for where, _ in good] == ['a.json:1', 'a.json:1 item 2', 'a.json:1 item 3']
    assert [place for places in report.faults.values() for place in places] == [
        'a.json:1 item 4',
        'a.json:1 item 5',
    ]


def test_what_datasets_saves_is_read_and_its_descriptions_are_counted(tmp_path):
    datasets = pytest.importorskip('datasets')
    data = datasets.Dataset.from_dict({'text': SAT})
    data.save_to_disk(tmp_path / 'one')
    datasets.DatasetDict(train=data, test=data).save_to_disk(tmp_path / 'two')
    saved = datasets.load_from_disk(tmp_path / 'one')
    saved.map(lambda row: {'text': row['text'].upper()}, load_from_cache_file=False)  # beside the data
    file(tmp_path / 'one', 'sub/state.json', '{"text": "Texas"}')  # a document by that name
    assert made(tmp_path / 'one', tmp_path / 'o') == ([*SAT, 'Texas'], {})
    assert made(tmp_path / 'two', tmp_path / 'o2') == ([*SAT, *SAT], {})
    others = survey_files(tmp_path / 'one')[1]
    assert others == {'descriptions of datasets': 2, 'results of map beside a dataset': 1}
    assert describe_other_files(others) == ['2 descriptions of datasets', '1 results of map beside a dataset']
    archive = shutil.make_archive(str(tmp_path / 'a'), 'tar', tmp_path / 'two')
    texts, skipped = made(archive, tmp_path / 'o3')
    assert texts == [*SAT, *SAT] and list(skipped.values()) == [5]


def test_pretrain_says_how_bad_records_are_accepted(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv('LLM_PROJECT_ROOT', str(tmp_path / 'my root'))
    rows = [{'body': f'The fox {i} met the hare by the old mill.'} for i in range(99)]
    for name in ('a b.jsonl', 'val.jsonl'):
        file(tmp_path, name, (a_line_each(rows) + 'no\n').encode('utf-16-le'))
    data = DataConfig('a b.jsonl', text_field='body', encoding='utf-16-le')
    for val_path in (None, 'val.jsonl'):
        given = replace(data, val_path=val_path)
        with pytest.raises(ValueError, match='1 records are bad, 1.*: mend them, or accept it: `python') as e:
            text_corpus(given, 300, 16)
        _, commands, _, settings, _ = str(e.value).split('`')
        for command in commands.split(' && '):
            data_command(shlex.split(command)[3:])
        values = dict(word.removeprefix('--data.').split('=') for word in shlex.split(settings))
        assert values.pop('encoding') == 'null'
        found = text_corpus(replace(given, **values, encoding=None), 300, 16)
        assert sum(part.shards.n_docs for part in found.splits.values()) == (198 if val_path else 99)


def test_info_tells_folders_apart(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    for name in ('a b', 'c'):
        pretokenize(file(tmp_path, 'x.txt', f'text {name}'), tmp_path / name, TOK, Options(val=0))
    data_command(['info', 'a b', 'c'])
    said = capsys.readouterr().out
    assert (
        said.index('folder   a b')
        < said.index("'text a b'")
        < said.index('folder   c')
        < said.index("'text c'")
    )
    data_command(['info', 'c'])
    assert 'folder' not in capsys.readouterr().out


CODE = '    return x\n%%\n\tif y:\n\t\tz  \n%%\n\u3000end\n'


@pytest.mark.parametrize('size', [None, 9e-6, 2e-6])
@pytest.mark.parametrize(
    'data,separator,texts',
    [
        (CODE, '%%\n', ['    return x\n', '\tif y:\n\t\tz  \n', '\u3000end\n']),
        (CODE, '%%', ['    return x', '\tif y:\n\t\tz  ', '\u3000end']),
        (CODE, '\\n%%\\n', ['    return x', '\tif y:\n\t\tz  ', '\u3000end']),
        (CODE.replace('\n', '\r\n'), '\\n%%\\n', ['    return x', '\tif y:\r\n\t\tz  ', '\u3000end']),
        (' a \r\n b\nc\r\n', '\\n', [' a ', ' b', 'c']),
        ('p1\n\np2\r\n\r\np3\n\r\n p4\r\n', '\\n\\n', ['p1', 'p2', 'p3', ' p4']),
        ('a\n\n\nb\r\n\r\n\r\nc\n\n\n\nd', '\\n\\n', ['a', '\nb', '\r\nc', '', 'd']),
        ('one \n<|end|>\n\n two<|end|>\n', '<|end|>', ['one ', ' two']),
        ('\ufeffa\n%%\n\ufeffb\n', '%%', ['a', 'b']),
    ],
)
def test_separators_take_themselves_alone(tmp_path, data, separator, texts, size):
    found = made(file(tmp_path, 'a.txt', data), tmp_path / 'out', separator=separator, shard_mb=size)
    skipped = {'too short': 1} if '' in texts else {}
    assert found == ([text for text in texts if text], skipped)


def test_a_separator_that_is_nowhere_is_told(tmp_path, capsys):
    file(tmp_path, 'in/a.txt', 'a\n--\nb')
    file(tmp_path, 'in/b.txt', 'a--b')
    words = ['--tokenizer', 'bytes', '--out', str(tmp_path / 'out'), '--separator', '\\n--\\n', '--strict']
    data_command(['pretokenize', str(tmp_path / 'in'), *words])
    notes = [line for line in capsys.readouterr().out.splitlines() if line.startswith(('note', 'left out'))]
    assert notes == ['note     separator not found, so one document: 1 (b.txt:1)']


@pytest.mark.parametrize('end', ['parquet', 'arrow'])
def test_a_column_that_stands_twice(tmp_path, end):
    pa = pytest.importorskip('pyarrow')
    chat = [[{'role': 'user', 'content': 'q'}, {'role': 'assistant', 'content': 'a'}]] * 2
    values = {'text': ['a', 'b'], 'label': [0, 1], 'n': [1, 2], 'messages': chat}

    def table(*names):
        columns = pa.Table.from_arrays([pa.array(values[name]) for name in names], names=names)
        path = tmp_path / f'a.{end}'
        if end == 'parquet':
            importlib.import_module('pyarrow.parquet').write_table(columns, path)
        else:
            with importlib.import_module('pyarrow.ipc').new_file(path, columns.schema) as writer:
                writer.write_table(columns)
        return path

    for read, twice in (
        (lambda path: list(documents(path)), 'text'),
        (read_labelled, 'text'),
        (read_labelled, 'label'),
        (load_conversations, 'messages'),
    ):
        path = table('text', 'label', 'messages', twice)
        with pytest.raises(ValueError, match=f"a.{end}: the column '{twice}' stands twice: rename one"):
            read(path)
    path = table('n', 'text', 'n', 'label')  # nobody needs it
    assert [text for _, text in documents(path)] == ['a', 'b']
    assert read_labelled(path)[0] == [('a', '0'), ('b', '1')]
    assert len(load_conversations(table('n', 'messages', 'n'))[0]) == 2


def test_a_column_of_labels_that_stands_twice_in_a_csv(tmp_path):
    path = file(tmp_path, 'a.csv', 'text,Label,label\na,1,0\nb,0,1\n')
    with pytest.raises(ValueError, match="a.csv: the column 'label' stands twice: rename one"):
        read_labelled(path)


ROW = b'{"text": "a"}\n'


@pytest.mark.parametrize(
    'name,data,says',
    [
        ('a.jsonl', gzip.compress(ROW), 'a.jsonl is a gzip file: name it a.jsonl.gz'),
        ('a.txt', bz2.compress(ROW), 'a.txt is a bzip2 file: name it a.txt.bz2'),
        ('a', lzma.compress(ROW), 'a is a xz file: name it a.xz'),
        ('a.csv', b'\x28\xb5\x2f\xfd' + ROW, 'a.csv is a zstd file: name it a.csv.zst'),
        ('a.tar', gzip.compress(bytes(9999)), 'a.tar is a gzip file: name it a.tar.gz'),
        ('a.jsonl.gz', gzip.compress(gzip.compress(ROW)), 'a.jsonl.gz holds a gzip file inside another'),
        ('a.jsonl.gz', ROW, 'a.jsonl.gz is not a gzip file: name it a.jsonl, or fetch it again'),
        ('a.txt.bz2', ROW, 'a.txt.bz2 is not a bzip2 file: name it a.txt, or fetch it again'),
        ('a.txt.xz', gzip.compress(ROW), 'a.txt.xz is not a xz file: name it a.txt, or fetch it again'),
    ],
    ids=lambda value: 'bytes' if isinstance(value, bytes) else None,  # gzip writes the time into them
)
def test_a_name_that_is_wrong_about_the_packing(tmp_path, name, data, says):
    path = file(tmp_path, f'in/{name}', data)
    with pytest.raises(ValueError, match=says):
        pretokenize(path, tmp_path / 'out', TOK)
    if '.' in name:
        with pytest.raises(ValueError, match=says):
            pretokenize(path.parent, tmp_path / 'out2', TOK)


def test_what_only_begins_like_a_packed_file(tmp_path):
    path = file(tmp_path, 'a.txt', 'BZh9 is how bzip2 begins')
    assert made(path, tmp_path / 'out') == (['BZh9 is how bzip2 begins'], {})


@pytest.mark.parametrize(
    'data,place',
    [
        ('// mine\n[{"text": "a"}]', r'line 1 \(column 1\)'),
        ('[{"text": "a"},\n{"text": "b"},]', r'line 2 \(column 15\)'),
        ('[{"text": "a"}, /* b */\n{"text": "b"}]', r'line 1 \(column 17\)'),
        ('[\n{"text": "a"}\n]\n[{"text": "b"}]', r'line 4 \(column 1\)'),
    ],
)
def test_json_that_is_none_is_not_called_cut_off(tmp_path, data, place):
    more = file(tmp_path, 'more.txt', 'A text that is always there.')
    with pytest.raises(ValueError, match=f'not JSON at {place}: 1 .a.json:.*what follows there is lost'):
        pretokenize(
            [file(tmp_path, 'a.json', data), more], tmp_path / 'out', TOK, Options(val=0), max_bad=0.9
        )


@pytest.mark.parametrize(
    'encoding,exact', [('utf-16', 'utf-16-le'), ('UTF_16', 'utf-16-be'), ('utf-32', 'utf-32-le')]
)
def test_utf16_without_a_mark_is_told(tmp_path, capsys, encoding, exact):
    path = file(tmp_path, 'a.txt', SAT[0].encode(exact))
    words = ['--tokenizer', 'bytes', '--out', str(tmp_path / 'out'), '--encoding']
    with pytest.raises(ValueError, match=f'a.txt has no byte order mark, .*--encoding {exact}`'):
        data_command(['pretokenize', str(path), *words, encoding])
    data_command(['pretokenize', str(path), *words, exact])
    assert f'{len(SAT[0].encode()):,} bytes' in capsys.readouterr().out


def test_a_file_that_two_sources_name_is_read_once(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in 'ab':
        file(tmp_path, f'd/{name}.txt', name)
    for sources in (['d/a.txt', 'd'], ['d/a.txt', './d/*.txt'], ['d', tmp_path / 'd/b.txt', 'd/b.txt']):
        files, others = survey_files(sources)
        assert [f.name for f in files] == ['a.txt', 'b.txt']
        again = len(sources) - 1
        assert others == {'repeated files (each is read once)': again}
        meta = pretokenize(sources, tmp_path / f'out{again}{sources[1]}'.replace('*', ''), TOK)
        assert meta['splits']['train']['documents'] == 2 and meta['other_files'] == others
    assert len(text_files('d/**/**/*.txt')) == 2


def test_a_folder_without_endings_says_what_it_holds(tmp_path):
    file(tmp_path, 'spark/part-00000', ROW)
    file(tmp_path, 'spark/part-00001.gz', gzip.compress(ROW))
    file(tmp_path, 'spark/_SUCCESS', '')
    with pytest.raises(FileNotFoundError, match=r'spark, a folder .*\(1 .gz, 2 no ending\): name files'):
        text_files(tmp_path / 'spark')
    assert made(f'{tmp_path}/spark/part-*', tmp_path / 'out') == (['a', 'a'], {})
