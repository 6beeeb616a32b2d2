"Files as they really are: each case of issue 20 on tables and texts (C, D, P), and variations."

import bz2
import gzip
import io
import json
import lzma
import os

import pandas as pd
import pytest
from conftest import TINY
from hypothesis import assume, example, given, strategies as st

from llm_book.tune.texts import texts_of
from llm_book.data.__main__ import main as data_command
from llm_book.data.documents import documents
from llm_book.data.folders import text_files
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
        r: e['count'] for r, e in meta['skipped'].items()
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
    monkeypatch.setattr('sys.stdin', io.StringIO('\n'.join(want) + '\n'))
    assert texts_of('-') == want
    assert texts_of(str(file(tmp_path, 'c.csv', 'text\n' + '\n'.join(f'"{t}"' for t in want) + '\n'))) == want
    assert texts_of(str(file(tmp_path, 'd.jsonl', a_line_each({'text': t} for t in want)))) == want


@pytest.mark.parametrize(
    'data', ['text,label\n a, b,1\n', 'label,text\n1\n', 'text,label\nfine,1\n"a, b",1,2\n']
)
def test_predict_refuses_rows_that_would_be_cut(tmp_path, data):  # C12
    with pytest.raises(ValueError, match=r'a\.csv: line \d has \d fields, not 2'):
        texts_of(str(file(tmp_path, 'a.csv', data)))
    for bad in ('[1, 2]', '{"text": 3}', '{"words": "a"}', 'no JSON'):
        with pytest.raises(ValueError, match="record of line 1: (no text in 'text'|not JSON)"):
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


@pytest.mark.parametrize('damage', [lambda row: "{'text': 'x'}", lambda row: row + '\n]'])
def test_labelled_texts_that_break_off_are_refused(tmp_path, damage):
    rows = [json.dumps({'text': f'text {i}', 'label': i % 2}) for i in range(120)]
    rows[60] = damage(rows[60])
    path = file(tmp_path, 'a.json', '[' + ',\n'.join(rows) + ']')
    with pytest.raises(ValueError, match='a.json is cut off or damaged .line 6[0-2]: the JSON breaks off'):
        read_labelled(path)
