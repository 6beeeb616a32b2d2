"Archives, Arrow files and other encodings (issue 20): read as what they are, or counted."

import bz2
import gzip
import io
import json
import lzma
import stat
import tarfile
import tracemalloc
import zipfile
from pathlib import Path

import pytest
import regex
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from test_cases_tables import SAT, TOK, file, made

from llm_book.data.__main__ import main as data_command
from llm_book.data.archives import unlisted_members
from llm_book.data.corpus import DataConfig, text_corpus
from llm_book.data.conversation_files import load_conversations
from llm_book.data.datasets import open_data
from llm_book.data.documents import documents
from llm_book.data.jobs import Options
from llm_book.data.labelled import read_labelled
from llm_book.data.pretokenize import pretokenize
from llm_book.data.shards import open_shards
from llm_book.data.sources import BadRecord, detect_kind, read_text
from llm_book.data.text_streams import encoded_path
from llm_book.text.tokenizer import PATTERNS
from llm_book.tune.texts import texts_of

LINES = ''.join(json.dumps({'text': t}, ensure_ascii=False) + '\n' for t in SAT).encode()
MEMBERS = {
    'a.txt': SAT[0].encode(),
    'deep/b.jsonl': LINES,
    'deep/c.json': json.dumps([{'text': t} for t in SAT]).encode(),
    'd.CSV': ('id,text\n' + ''.join(f'1,"{t}"\n' for t in SAT)).encode(),
    'e.tsv': ('id\ttext\n' + ''.join(f'1\t{t}\n' for t in SAT)).encode(),
    'f.jl.gz': gzip.compress(LINES),
    'g.txt.xz': lzma.compress(SAT[1].encode()),
    'h.txt.bz2': bz2.compress(SAT[2].encode()),
}
WANT = [SAT[0], *SAT * 5, SAT[1], SAT[2]]


def zipped(path, members, **more):
    "A zip archive of these members."
    with zipfile.ZipFile(path, 'w', **more) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return path


def tarred(path, members, mode='w', **more):
    "A tar archive of these members."
    with tarfile.open(path, mode, **more) as archive:
        for name, data in members.items():
            (info := tarfile.TarInfo(name)).size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return path


def packed(path, pack, members):
    "A tar archive, compressed by a function."
    plain = tarred(path.with_name('plain'), members)
    path.write_bytes(pack(plain.read_bytes()))
    plain.unlink()
    return path


def zstd(data):
    return pytest.importorskip('zstandard').compress(data)


ARCHIVES = {
    'c.zip': lambda p, m: zipped(p, m),
    'C.ZIP': lambda p, m: zipped(p, m, compression=zipfile.ZIP_DEFLATED),
    'corpus': lambda p, m: zipped(p, m, compression=zipfile.ZIP_BZIP2),  # by its content
    'c.txt': lambda p, m: zipped(p, m, compression=zipfile.ZIP_LZMA),
    'c.tar': lambda p, m: tarred(p, m, format=tarfile.GNU_FORMAT),
    'c.data': lambda p, m: tarred(p, m, format=tarfile.USTAR_FORMAT),
    'c.tar.gz': lambda p, m: tarred(p, m, 'w:gz'),
    'c.TGZ': lambda p, m: tarred(p, m, 'w:gz'),
    'c.gz': lambda p, m: tarred(p, m, 'w:gz'),
    'c.tar.xz': lambda p, m: tarred(p, m, 'w:xz'),
    'c.tbz2': lambda p, m: tarred(p, m, 'w:bz2'),
    'c.tar.zst': lambda p, m: packed(p, zstd, m),
}


@pytest.mark.parametrize('name', ARCHIVES)
def test_members_are_read_as_what_they_are(tmp_path, name):
    path = ARCHIVES[name](tmp_path / name, MEMBERS)
    assert made(path, tmp_path / 'out') == (WANT, {})


def test_an_archive_is_like_the_folder_that_it_packs(tmp_path):
    for name, data in MEMBERS.items():
        file(tmp_path / 'folder', name, data)
    (tmp_path / 'both').mkdir()
    archive = zipped(tmp_path / 'both' / 'c.zip', MEMBERS)
    for k, more in enumerate(({}, {'separator': '\\n'}, {'dedup': True}, {'min_chars': 18})):
        a, b = (
            made(tmp_path / 'folder', tmp_path / f'a{k}', **more),
            made(archive, tmp_path / f'b{k}', **more),
        )
        assert sorted(a[0]) == sorted(b[0]) and a[1] == b[1]
    file(tmp_path / 'both', 'z.txt', 'One more.')
    assert made(tmp_path / 'both', tmp_path / 'out')[0] == [*WANT, 'One more.']  # an archive in a folder


def test_members_that_are_left_out_are_counted(tmp_path, capsys, monkeypatch):
    others = {'x.png': b'1', 'y.PNG': b'2', 'README': b'3', '.git/config.txt': b'4', '__MACOSX/._a.txt': b'5'}
    zipped(tmp_path / 'c.zip', MEMBERS | others)
    monkeypatch.chdir(tmp_path)
    data_command(['pretokenize', 'c.zip', '--tokenizer', 'bytes', '--val', '0', '--out', 'out', '--strict'])
    said = capsys.readouterr().out
    for line in (
        'other files in an archive (.png): 2 (c.zip/x.png, c.zip/y.PNG)',
        'other files in an archive (no ending): 1 (c.zip/README)',
        'other files in an archive (hidden): 2 (c.zip/.git/config.txt, c.zip/__MACOSX/._a.txt)',
    ):
        assert f'left out {line}' in said
    assert '33 documents' in said


def test_names_of_members_are_never_paths(tmp_path):
    names = [
        '/etc/evil.txt',
        '../../evil.txt',
        'a/../../evil.txt',
        'C:\\evil.txt',
        'a\nb\x1b[2J.txt',
        'x' * 5000 + '.txt',
    ]
    for path in (
        zipped(tmp_path / 'c.zip', dict.fromkeys(names, b'text')),
        tarred(tmp_path / 'c.tar', dict.fromkeys(names, b'text')),
    ):
        found = list(documents(path))
        assert [d.name for _, d in found] == ['member.txt'] * 6 and all(
            n.isprintable() and len(n) < 210 for n, _ in found
        )
        assert made(path, tmp_path / f'out-{path.name}') == (['text'] * 6, {})
    assert not list(tmp_path.parent.rglob('evil.txt')) and not Path('/etc/evil.txt').exists()


def links(path):
    "A tar archive with a text, links of both kinds, a pipe and a folder."
    with tarfile.open(path, 'w') as archive:
        for name, kind in (
            ('d', tarfile.DIRTYPE),
            ('s.txt', tarfile.SYMTYPE),
            ('h.txt', tarfile.LNKTYPE),
            ('p', tarfile.FIFOTYPE),
        ):
            info = tarfile.TarInfo(name)
            info.type, info.linkname = kind, '/etc/passwd'
            archive.addfile(info)
        (info := tarfile.TarInfo('a.txt')).size = 4
        archive.addfile(info, io.BytesIO(b'text'))
    return path


def encrypted(path):
    "A zip archive that says of its first member that it is encrypted."
    data = bytearray(zipped(path, {'a.txt': b'secret', 'b.txt': b'text'}).read_bytes())
    for mark, at in ((b'PK\x03\x04', 6), (b'PK\x01\x02', 8)):
        data[data.index(mark) + at] |= 1
    return file(path.parent, path.name, bytes(data))


def with_link(path):
    "A zip archive with a link in it."
    with zipfile.ZipFile(path, 'w') as archive:
        info = zipfile.ZipInfo('s.txt')
        info.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(info, '/etc/passwd')
        archive.writestr('a.txt', b'text')
    return path


def method(path, number):
    "A zip archive whose first member is packed by another method."
    data = bytearray(zipped(path, {'a.txt': b'secret', 'b.txt': b'text'}).read_bytes())
    for mark, at in ((b'PK\x03\x04', 8), (b'PK\x01\x02', 10)):
        data[data.index(mark) + at] = number
    return file(path.parent, path.name, bytes(data))


LINKS = 'other files in an archive (links and devices)'
NESTED = 'an archive inside an archive'
DAMAGED = 'cut off or damaged'
INNER = b'a' * 257 + b'ustar'  # looks like a tar archive
FAULTS = {
    'links.tar': (links, ['text'], {LINKS: 3}),
    'link.zip': (with_link, ['text'], {LINKS: 1}),
    'secret.zip': (encrypted, ['text'], {'encrypted: unpack the archive with its password': 1}),
    'odd.zip': (
        lambda p: method(p, 99),
        ['text'],
        {'packed in a way that is not read: pack the archive again': 1},
    ),
    'nested.zip': (
        lambda p: zipped(p, {'in.zip': b'PK\3\4', 'in.tgz': b'1', 'a.txt': INNER, 'b.txt': b'text'}),
        ['text'],
        {NESTED: 3},
    ),
    'kinds.tar': (
        lambda p: tarred(p, {'a.txt': b'%PDF-1', 'b.csv': 'a,b'.encode('utf-16-le'), 'c.txt': b'text'}),
        ['text'],
        {'is a pdf file': 1, 'looks like UTF-16 without a mark': 1},
    ),
    'records.zip': (
        lambda p: zipped(
            p, {'a.jsonl': b'{"text": "good"}\nno\n{"txt": 1}\n', 'b.csv': b'id,text\n1,2,3\n', 'c.txt': b''}
        ),
        ['good'],
        {'not JSON': 1, "no field 'text'": 1, 'another number of fields': 1, 'empty file': 1},
    ),
    'inner.zip': (
        lambda p: zipped(p, {'a.jsonl.gz': gzip.compress(LINES)[:-9], 'b.txt': b'text'}),
        [*SAT, 'text'],
        {DAMAGED: 1},
    ),
    'none.zip': (lambda p: zipped(p, {}), [], {'an archive without a file that is read': 1}),
    'pictures.tar': (
        lambda p: tarred(p, {'a.png': b'1'}),
        [],
        {'other files in an archive (.png)': 1, 'an archive without a file that is read': 1},
    ),
    'not.zip': (lambda p: file(p.parent, p.name, b'no zip'), [], {DAMAGED: 1}),
    'not.tar.gz': (lambda p: file(p.parent, p.name, b'\x1f\x8b\x08 no tar'), [], {DAMAGED: 1}),
    'empty.zip': (lambda p: file(p.parent, p.name, b''), [], {DAMAGED: 1}),
}


def bad_sum(path):
    "A zip archive whose only member is not what its sum says."
    data = zipped(path, {'a.txt': b'hello text'}).read_bytes()
    return file(path.parent, path.name, data.replace(b'hello', b'jello', 1))


def two_texts(path):
    "The bytes of a tar archive of two texts."
    return tarred(path, {'a.txt': b'a' * 2000, 'b.txt': b'b' * 2000}).read_bytes()


FAULTS |= {  # once each, at the member
    'sum.zip': (bad_sum, [], {DAMAGED: 1}),
    'first.tar': (lambda p: file(p.parent, p.name, two_texts(p)[:1200]), [], {DAMAGED: 1}),
    'second.tar': (lambda p: file(p.parent, p.name, two_texts(p)[:3500]), ['a' * 2000], {DAMAGED: 1}),
    'only.zip': (lambda p: zipped(p, {'in.zip': b'PK\3\4'}), [], {NESTED: 1}),
}


@pytest.mark.parametrize('name', FAULTS)
def test_faults_in_archives_are_counted(tmp_path, name):
    make, texts, skipped = FAULTS[name]
    assert made(make(tmp_path / name), tmp_path / 'out') == (texts, skipped)


def test_faults_in_archives_stop_a_run_by_name(tmp_path):
    path = zipped(tmp_path / 'c.zip', {'a.jsonl': LINES + b'no\n', 'deep/b.txt': b'caf\xe9'})
    with pytest.raises(
        ValueError, match=r'not JSON: 1 \(c\.zip/a\.jsonl:7\); not UTF-8: 1 \(c\.zip/deep/b\.txt, byte 3\)'
    ):
        pretokenize(path, tmp_path / 'out', TOK)
    with pytest.raises(ValueError, match=r'c\.zip/a\.jsonl:7: not JSON \(--strict'):
        pretokenize(path, tmp_path / 'out2', TOK, strict=True)
    twice = zipped(tmp_path / 'd.zip', {'a.csv': b'text,text\n1,2\n'})
    with pytest.raises(ValueError, match=r"d\.zip: a\.csv: the column 'text' stands twice"):
        pretokenize(twice, tmp_path / 'out3', TOK)


def without_entries(data, hidden):
    "A zip whose directory lacks these members; the members are still there."
    end = data.rindex(b'PK\5\6')
    start = int.from_bytes(data[end + 16 : end + 20], 'little')
    entries = data[start:end].split(b'PK\1\2')[1:]
    kept = [b'PK\1\2' + e for k, e in enumerate(entries) if k not in hidden]
    counts, size = len(kept).to_bytes(2, 'little') * 2, sum(map(len, kept)).to_bytes(4, 'little')
    return data[:start] + b''.join(kept) + data[end : end + 8] + counts + size + data[end + 16 :]


class Stream(io.BytesIO):
    "A file in which a zip cannot go back: sizes stand behind the members."

    def seekable(self):
        return False


@pytest.mark.parametrize('out', [io.BytesIO, Stream])
@pytest.mark.parametrize('hidden', [(), (0,), (2,), (4,), (0, 2), (0, 4), (0, 1, 2, 3, 4)])
def test_members_that_the_directory_of_a_zip_hides_are_counted(tmp_path, out, hidden):
    buffer = out()
    with zipfile.ZipFile(buffer, 'w', zipfile.ZIP_DEFLATED) as archive:
        for k in range(5):
            with archive.open(f'{k}.txt', 'w', force_zip64=k == 3) as member:
                member.write(f'text {k}'.encode())
    path = file(tmp_path, 'a.zip', without_entries(buffer.getvalue(), hidden))
    texts, skipped = made(path, tmp_path / 'out')
    assert texts == [f'text {k}' for k in range(5) if k not in hidden]
    if len(hidden) == 5:
        hidden = hidden[:1]  # one gap
    assert skipped == ({'not in the directory of its archive': len(hidden)} if hidden else {})


def test_a_zip_after_something_else(tmp_path):
    "A program that unpacks itself is no fault; the members of another zip are."
    one, two = (
        zipped(tmp_path / f'{k}.zip', {f'{k}.txt': f'text {k}'.encode()}).read_bytes() for k in (1, 2)
    )
    program = file(tmp_path, 'p.zip', b'PK\3\4'[:2] + b'MZ' * 99 + one)
    texts, skipped = made(file(tmp_path, 'both.zip', one + two), tmp_path / 'out')
    assert (texts, skipped) == (['text 2'], {'not in the directory of its archive': 1})
    with zipfile.ZipFile(program) as archive:
        assert [*unlisted_members(archive)] == []


@pytest.mark.parametrize('name', ['c.zip', 'c.tar', 'c.tar.gz', 'c.tar.xz'])
def test_what_is_cut_off_is_a_fault(tmp_path, name):
    "Wherever an archive is cut, a fault is counted, and no text that is left has changed."
    data = ARCHIVES[name](tmp_path / name, MEMBERS).read_bytes()
    ends = range(1, len(data) - 1024 if name == 'c.tar' else len(data), max(1, len(data) // 40))
    for end in ends:
        found = [d for _, d in documents(file(tmp_path, name, data[:end]), sep=b'\n')]
        good = [d for d in found if isinstance(d, str)]
        faults = [d.reason for d in found if isinstance(d, BadRecord)]
        assert faults and good == WANT[: len(good)] or name == 'c.tar' and end > len(data) - 10240, end


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(['c.zip', 'C.ZIP', 'c.tar', 'c.tar.gz']), st.data())
def test_damaged_archives_end_in_one_line_or_a_count(tmp_path, name, data):
    whole = bytearray(ARCHIVES[name](tmp_path / name, MEMBERS).read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    try:
        for _, doc in documents(file(tmp_path, name, bytes(whole)), sep=b'\n'):
            assert isinstance(doc, (str, BadRecord))
    except ValueError as e:
        assert '\n' not in str(e)


def test_archives_are_the_same_in_parts(tmp_path):
    for k in range(4):
        zipped(tmp_path / f'{k}.zip', MEMBERS | {f'{k}.txt': b'text'})
    sources, options = [tmp_path / f'{k}.zip' for k in range(4)], Options(val=0.3, shard_mb=0.001)
    whole = pretokenize(sources, tmp_path / 'one', TOK, options)
    parts = [pretokenize(sources, tmp_path / 'parts', TOK, options, part=(i, 3)) for i in (2, 3, 1)]
    assert parts == [None, None, whole]


def test_memory_is_bounded_whatever_a_member_becomes(tmp_path):
    path = zipped(tmp_path / 'c.zip', {'a.txt': b'The cat. \n' * 3_000_000}, compression=zipfile.ZIP_DEFLATED)
    assert path.stat().st_size < 200_000
    tracemalloc.start()
    n = sum(len(p) for _, doc in documents(path) for p in read_text(doc))
    held = tracemalloc.get_traced_memory()[1], tracemalloc.stop()
    assert n == 30_000_000 and held[0] < 12_000_000


def test_every_command_reads_archives(tmp_path, monkeypatch):
    monkeypatch.setenv('LLM_PROJECT_ROOT', str(tmp_path))
    spam = 'label,text\n' + ''.join(f'{k % 2},text {k}\n' for k in range(8))
    path = zipped(
        tmp_path / 'spam.zip', {'spam.csv': spam, 'readme': 'x', 'more.jsonl': '{"text": "t", "label": 1}'}
    )
    examples, skipped = read_labelled(path)
    assert [e.text for e in examples] == [*(f'text {k}' for k in range(8)), 't'] and examples[-1].label == '1'
    assert skipped == {'other files in an archive (no ending)': 1}
    with pytest.raises(ValueError, match='spam.zip holds more than one file that is read'):
        texts_of(str(path))
    with pytest.raises(ValueError, match=r"c\.zip: a\.csv has no column 'text'"):
        read_labelled(zipped(tmp_path / 'c.zip', {'a.csv': 'x,y,z\n1,2,3\n'}))
    row = json.dumps({'instruction': 'hi', 'input': '', 'output': 'yo'})
    chats = tarred(
        tmp_path / 'chats.tgz', {'a.jsonl': f'{row}\nno\n'.encode(), 'b.json': f'[{row}]'.encode()}, 'w:gz'
    )
    good, report = load_conversations(str(chats))
    assert [where for where, _ in good] == ['chats.tgz:a.jsonl:1', 'chats.tgz:b.json:1']
    assert report.faults == {'not JSON': ['chats.tgz:a.jsonl:2']}
    corpus = zipped(tmp_path / 'corpus.zip', {f'{k}.txt': t for k, t in enumerate(SAT * 4)})
    train, val = open_data(corpus, corpus, tmp_path / 'bin', TOK)
    assert train.n_docs == val.n_docs == 24


def arrow_tables():
    "The same table in every form that Arrow files come in."
    pa, ipc = pytest.importorskip('pyarrow'), pytest.importorskip('pyarrow.ipc')
    feather = pytest.importorskip('pyarrow.feather')
    table = pa.table({'id': list(range(6)), 'text': SAT, 'more': [[{'a': 1}]] * 6})

    def ipc_file(new, table=table, **more):
        with new(out := io.BytesIO(), table.schema, **more) as writer:
            writer.write_table(table, max_chunksize=4)
        return out.getvalue()

    def feathered(**more):
        feather.write_feather(table, out := io.BytesIO(), **more)
        return out.getvalue()

    text = lambda kind: table.set_column(1, 'text', table['text'].cast(kind))
    return {
        'file.arrow': ipc_file(ipc.new_file),
        'stream.arrow': ipc_file(ipc.new_stream),
        'stream.arrows': ipc_file(ipc.new_stream),
        'a.ipc': ipc_file(ipc.new_file),
        'A.ARROW': ipc_file(ipc.new_stream),
        'zstd.arrow': ipc_file(ipc.new_stream, options=ipc.IpcWriteOptions(compression='zstd')),
        'a.feather': feathered(),
        'plain.feather': feathered(compression='uncompressed'),
        'large.arrow': ipc_file(ipc.new_file, text(pa.large_string())),
        'words.arrow': ipc_file(ipc.new_stream, text(pa.dictionary(pa.int32(), pa.string()))),
        'file': ipc_file(ipc.new_file),
        'stream': ipc_file(ipc.new_stream),
        'a.arrow.gz': gzip.compress(ipc_file(ipc.new_stream)),
    }


def test_arrow_files_of_every_form(tmp_path):
    for name, data in arrow_tables().items():
        path = file(tmp_path / name, name, data)
        assert made(path, tmp_path / f'out-{name}') == (SAT, {}), name
        assert detect_kind(path) == 'arrow'
    data = arrow_tables()
    assert (
        made(zipped(tmp_path / 'c.zip', data | {'file': b'', 'stream': b''}), tmp_path / 'z')[0] == SAT * 11
    )


def test_faults_in_arrow_files(tmp_path):
    pa, ipc = pytest.importorskip('pyarrow'), pytest.importorskip('pyarrow.ipc')
    for name in ('file.arrow', 'stream.arrow'):
        data = arrow_tables()[name]
        for end in (1, 7, 100, len(data) // 2, len(data) - 8, len(data) - 1):
            texts, skipped = made(file(tmp_path, name, data[:end]), tmp_path / f'{name}{end}')
            assert skipped == {DAMAGED: 1} and texts == SAT[: len(texts)]
    table = pa.table({'text': ['good', None, ''], 'n': [1, 2, 3]})
    with ipc.new_file(tmp_path / 'a.arrow', table.schema) as writer:
        writer.write_table(table)
    assert made(tmp_path / 'a.arrow', tmp_path / 'o1') == (
        ['good'],
        {"'text' is not text": 1, 'too short': 1},
    )
    assert made(tmp_path / 'a.arrow', tmp_path / 'o2', text_field='body')[1] == {"no field 'body'": 3}
    with pytest.raises(ValueError, match='old.feather is a feather 1 file: unpack or convert it'):
        pretokenize(file(tmp_path, 'old.feather', b'FEA1'), tmp_path / 'o3', TOK)


def test_labels_and_conversations_in_arrow_files(tmp_path):
    pa, ipc = pytest.importorskip('pyarrow'), pytest.importorskip('pyarrow.ipc')
    parquet = pytest.importorskip('pyarrow.parquet')
    table = pa.table(
        {'text': ['a', 'b', None], 'label': [1, 0, 1], 'instruction': ['hi'] * 3, 'output': ['yo'] * 3}
    )
    with ipc.new_stream(tmp_path / 'a.arrow', table.schema) as writer:
        writer.write_table(table)
    parquet.write_table(table, tmp_path / 'a.parquet')
    for name in ('a.arrow', 'a.parquet'):
        assert read_labelled(tmp_path / name) == ([('a', '1'), ('b', '0')], {'empty text': 1})
        with pytest.raises(ValueError, match="has no field 'kind'"):
            read_labelled(tmp_path / name, label_field='kind')
        file(tmp_path, f'cut-{name}', (tmp_path / name).read_bytes()[:200])
        with pytest.raises(ValueError, match='is damaged: fetch it again'):
            read_labelled(tmp_path / f'cut-{name}')
    assert texts_of(str(tmp_path / 'a.parquet')) == ['a', 'b', '']
    with pytest.raises(ValueError, match='a.arrow is arrow: predict reads'):
        texts_of(str(tmp_path / 'a.arrow'))


NAMED = (
    'gb18030',
    'utf-16-le',
    'utf-16',
    'utf-32-be',
    'big5',
    'shift_jis',
    'utf-7',
    'hz',
    'gb2312',
    'big5hkscs',
)
MARKED = 'utf-8-sig', 'utf-16', 'utf-32'
PLAIN = [f'文{i}。The cat {i} sat.' for i in range(40)]  # in every one of them
KINDS = {
    'whole.txt': ('\r\n'.join(PLAIN), {}),
    'lines.txt': ('\n'.join(PLAIN), {'separator': '\\n'}),
    'windows.txt': ('\r\n\r\n'.join(PLAIN), {'separator': '\\n\\n'}),
    'a.jsonl': (''.join(json.dumps({'text': t}, ensure_ascii=False) + '\n' for t in PLAIN), {}),
    'a.json': (json.dumps([{'text': t} for t in PLAIN], ensure_ascii=False, indent=1), {}),
    'a.csv': ('id,text\n' + ''.join(f'1,"{t}"\n' for t in PLAIN), {}),
    'a.tsv': ('id\ttext\n' + ''.join(f'1\t{t}\n' for t in PLAIN), {}),
    'a': (''.join(json.dumps({'text': t}, ensure_ascii=False) + '\n' for t in PLAIN), {}),
}


@pytest.mark.parametrize('name', KINDS)
def test_every_kind_in_every_encoding(tmp_path, name):
    text, options = KINDS[name]
    want = made(file(tmp_path, name, text), tmp_path / 'utf-8', **options)
    assert len(want[0]) in (1, 40) and not want[1]
    for k, encoding in enumerate((*MARKED, *NAMED)):
        path = file(tmp_path / f'{k}', name, text.encode(encoding))
        source = path if k < len(MARKED) else encoded_path(path, encoding)
        assert made(source, tmp_path / f'out{k}', shard_mb=0.0005, **options) == want, encoding  # no ranges


def test_encodings_and_packing(tmp_path):
    data = KINDS['a.jsonl'][0].encode('gb18030')
    file(tmp_path / 'f', 'a.jsonl.gz', gzip.compress(data))
    file(tmp_path / 'f', 'b.jsonl', KINDS['a.jsonl'][0].encode('utf-16'))  # its mark counts
    zipped(tmp_path / 'f' / 'c.zip', {'in.jsonl': data, 'b.txt': PLAIN[0].encode('gb18030')})
    want = [*PLAIN * 3, PLAIN[0]]
    assert made(encoded_path(tmp_path / 'f', 'gb18030'), tmp_path / 'out') == (want, {})
    assert made([encoded_path(tmp_path / 'f' / '*', 'GB18030')], tmp_path / 'out2') == (want, {})
    one = pretokenize(encoded_path(tmp_path / 'f', 'gb18030'), tmp_path / 'o3', TOK, Options(shard_mb=0.001))
    two = pretokenize(
        encoded_path(tmp_path / 'f', 'gb18030'), tmp_path / 'o4', TOK, Options(shard_mb=0.001), workers=2
    )
    assert one == two


def test_encodings_by_command(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    file(tmp_path, 'a.txt', '这只猫坐着。Ünïcödé'.encode('gb18030'))
    command = ['pretokenize', 'a.txt', '--tokenizer', 'bytes', '--val', '0', '--out', 'out']
    with pytest.raises(
        ValueError,
        match=r'not UTF-8: 1 \(a\.txt, byte 0\); in another encoding\? name it: --encoding gb18030',
    ):
        data_command(command)
    data_command([*command[:-1], 'out2', '--encoding', 'GB18030'])
    assert TOK.decode(open_shards('out2', 'train', TOK).doc(0)) == '这只猫坐着。Ünïcödé'
    with pytest.raises(ValueError, match='begun with other encodings'):
        data_command([*command[:-1], 'out2'])
    for bad in ('klingon', 'rot13', 'hex', '0'):
        with pytest.raises(ValueError, match=f"encoding '{bad}' is unknown: utf-8, utf-16, gb18030"):
            data_command([*command[:-1], 'out3', '--encoding', bad])
    file(tmp_path, 'b.txt', 'The cat sat on a mat.'.encode('utf-16-be'))
    with pytest.raises(
        ValueError, match='b.txt looks like UTF-16 without a mark: `data pretokenize --encoding'
    ):
        data_command(['pretokenize', 'b.txt', *command[2:-1], 'out4'])
    data_command(['pretokenize', 'b.txt', *command[2:-1], 'out4', '--encoding', 'utf-16-be'])
    assert TOK.decode(open_shards('out4', 'train', TOK).doc(0)) == 'The cat sat on a mat.'


def tokens(split):
    return split.shards[0 : len(split.shards)].tolist()


@pytest.mark.parametrize('name', ['a.txt', 'a.jsonl', 'a.txt.gz', 'a.zip', 'folder', '*.txt'])
@pytest.mark.parametrize('encoding', ['gb18030', 'utf-16-le'])
def test_training_reads_the_encoding_that_is_named(tmp_path, monkeypatch, name, encoding):
    "As UTF-8 text would be, of every kind; a mark wins; without a setting and with an empty one as ever."
    texts = [f'第{k}只猫坐在垫子上。' for k in range(60)]
    text = '\n'.join([json.dumps({'text': t}, ensure_ascii=False) if 'json' in name else t for t in texts])
    found = []
    for home, code in (('own', encoding), ('utf', 'utf-8'), ('marked', 'utf-8-sig')):
        monkeypatch.setenv('LLM_PROJECT_ROOT', str(tmp_path / home))
        data = text.encode(code)
        (tmp_path / home).mkdir()
        if name == 'a.zip':
            zipped(tmp_path / home / name, {f'{k}.txt': t.encode(code) for k, t in enumerate(texts)})
        else:
            inner = {'folder': 'folder/a.txt', '*.txt': 'a.txt'}.get(name, name)
            file(tmp_path / home, inner, gzip.compress(data, mtime=0) if 'gz' in name else data)
        asked = {'own': [encoding], 'utf': [None, ''], 'marked': [encoding]}[home]
        for setting in asked:
            asked_for = DataConfig(
                str(tmp_path / home / name), tokenizer='bytes', encoding=setting, val_fraction=0.4
            )
            found.append([tokens(split) for split in text_corpus(asked_for, 257, 16).splits.values()])
    assert found[1] == found[2] and len(found[1][0]) > 300
    assert found[0] == found[1] == found[3]


def test_encodings_that_do_not_fit(tmp_path, refused_here):
    text = file(tmp_path, 'a.txt', ('这只猫坐着。' * 99).encode('gb18030'))
    asked = ['--data.train_path', text, '--data.tokenizer', 'bytes', '--model.config.vocab_size', 257]
    asked += ['--data.max_length', 16, '--model.config.context_length', 16, '--dry_run']
    said = refused_here('pretrain', *asked)
    assert 'byte 0 is 0xd5' in said and '`pretrain --data.encoding gb18030`' in said
    said = refused_here('pretrain', *asked, '--data.encoding', 'klingon')
    assert "encoding 'klingon' is unknown: utf-8" in said
    assert 'not shift_jis' in refused_here('pretrain', *asked, '--data.encoding', 'shift_jis')
    assert 'data.encoding is that of texts' in refused_here('pretrain', '--data.encoding', 'gb18030')


@pytest.mark.parametrize(
    'encoding,bad',
    [('gb18030', b'\xff\xff'), ('utf-16-le', b'\x00\xd8'), ('shift_jis', b'\xfd'), ('utf-8', b'\xe9')],
)
def test_bytes_that_are_no_text_cost_their_record_only(tmp_path, encoding, bad):
    name = encoding if encoding != 'utf-8' else 'UTF-8'
    line = lambda inner: '{"text": "'.encode(encoding) + inner + '"}\n'.encode(encoding)
    data = b''.join([line('一'.encode(encoding)), line(bad), line('二'.encode(encoding))])
    source = encoded_path(file(tmp_path, 'a.jsonl', data), encoding)
    assert made(source, tmp_path / 'out') == (['一', '二'], {f'not {name}': 1})
    whole = encoded_path(
        file(tmp_path, 'a.txt', '一二'.encode(encoding) + bad + 'a'.encode(encoding)), encoding
    )
    at = len('一二'.encode(encoding))
    with pytest.raises(ValueError, match=rf'a\.txt, byte {at}'):
        pretokenize(whole, tmp_path / 'out2', TOK)
    with pytest.raises(ValueError, match=rf'byte {at} is 0x.*--encoding gb18030'):
        open_data(whole, None, tmp_path / 'out3', TOK)


def test_training_reads_marked_text_like_any_other(tmp_path):
    text = '\r\n'.join(PLAIN)
    want = open_data(file(tmp_path, 'a.txt', text), None, tmp_path / 'a', TOK)
    for k, encoding in enumerate(MARKED):
        got = open_data(
            file(tmp_path / f'{k}', 'a.txt', text.encode(encoding)), None, tmp_path / f'o{k}', TOK
        )
        assert [s[0 : len(s)].tolist() for s in got] == [s[0 : len(s)].tolist() for s in want]


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.text(st.characters(exclude_categories=['Cs']), max_size=20), max_size=6),
    st.sampled_from(['utf-16', 'utf-16-le', 'utf-32', 'gb18030', 'utf-8-sig']),
    st.integers(1, 9),
)
@example(['\0'], 'utf-16', 1)
@example(['\ufeff\0a'], 'utf-16-le', 3)
def test_any_text_in_any_encoding_is_the_text(tmp_path, texts, encoding, piece):
    text = '\n'.join(texts)
    path = encoded_path(file(tmp_path, 'a.txt', text.encode(encoding)), encoding.removesuffix('-sig'))
    marked = text.encode(encoding).removeprefix(b'\xef\xbb\xbf') if encoding == 'utf-8-sig' else None
    want = text if encoding in ('utf-16', 'utf-32') or marked is not None else text.removeprefix('\ufeff')
    assert ''.join(read_text(path, piece=piece)) == want


CYRILLIC = 'Мама мыла раму, а кот Васька спал. «Ну и ну!» — сказал он 42 раза.\r\n'
KOREAN = '고양이가 매트 위에 앉았다. 강아지는 3번 짖었다.\r\n'
THAI = 'แมวนั่งบนเสื่อและสุนัขกำลังนอนหลับ'


@pytest.mark.parametrize(
    'line',
    [
        CYRILLIC,
        KOREAN,
        CYRILLIC.replace('\r\n', ' '),
        'Ἄνδρα μοι ἔννεπε, Μοῦσα\n\n',
        'नमस्ते दुनिया 123\r\n\r\n',
    ],
)
def test_pieces_of_text_without_the_usual_places_to_cut(tmp_path, line):
    "The words of the pieces are the words of the whole, for every pattern."
    text = line * 300
    path = file(tmp_path, 'a.txt', text)
    pieces = list(read_text(path, piece=1000))
    assert ''.join(pieces) == text and max(map(len, pieces)) <= 1000 and len(pieces) >= len(text) // 1000
    for pattern in PATTERNS.values():
        assert [w for piece in pieces for w in regex.findall(pattern, piece)] == regex.findall(pattern, text)


@pytest.mark.parametrize(
    'text', ['a' * 30_000, THAI * 1000, '=' * 30_000, '\U0001f98a' * 30_000, '\n' * 30_000, '\0' * 30_000]
)
def test_one_long_word_comes_in_pieces_all_the_same(tmp_path, text):
    path, squeezed = file(tmp_path, 'a.txt', text), file(tmp_path, 'a.txt.xz', lzma.compress(text.encode()))
    pieces = list(read_text(path, piece=1000))
    assert ''.join(pieces) == text and {len(p) for p in pieces[:-1]} == {1000}
    assert list(read_text(squeezed, piece=1000)) == pieces  # blocks of another size change nothing


def test_memory_does_not_grow_with_text_without_places_to_cut(tmp_path):
    def peak(text, times):
        path = file(tmp_path, 'a.txt', text.encode() * times)
        tracemalloc.start()
        assert sum(map(len, read_text(path, piece=2**14))) == len(text) * times
        return tracemalloc.get_traced_memory()[1], tracemalloc.stop()

    for text in (CYRILLIC * 50, THAI * 100, KOREAN * 100):
        assert peak(text, 80)[0] < 1.3 * peak(text, 10)[0]


def test_records_longer_than_many_blocks(tmp_path):
    "A separator of several bytes is found where blocks meet; a long record is joined once."
    want = ['ж' * 3_000_000, 'конец', 'я' * 2_097_149]
    path = file(tmp_path, 'a.txt', '\n\n'.join(want))
    assert made(path, tmp_path / 'out', separator='\\n\\n') == (want, {})
