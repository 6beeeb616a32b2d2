"Pretokenizing: the same bytes however often it is killed or divided; nothing is lost or silently dropped."

import csv
import gzip
import importlib.util
import io
import json
import multiprocessing
import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from conftest import MIRROR, needs_mirror, until
from llm_book.data.datasets import open_data
from llm_book.data.jobs import Job, Options
from llm_book.data import pretokenize as pretokenize_module
from llm_book.data.pretokenize import SharedState, pretokenize, run_worker
from llm_book.data.shard_meta import read_meta
from llm_book.data.shards import open_shards
from llm_book.data.documents import document_digest, sample_texts
from llm_book.world.grammar import stories
from llm_book.text.tokenizer import train_bpe


@pytest.fixture(scope='module')
def tok():
    return train_bpe([*stories(200, 0, 'en'), *stories(200, 0, 'zh')], 400)


@pytest.fixture(scope='module')
def texts():
    return [*stories(3000, 0, 'en'), *stories(1500, 0, 'zh')]


def jsonl(path, texts, **more):
    path.write_text(
        ''.join(json.dumps({'text': t} | more, ensure_ascii=False) + '\n' for t in texts), encoding='utf-8'
    )
    return path


def files_in(folder):
    "Everything under a folder, by path from it."
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob('*')) if p.is_file()}


def ids_of(folder, split):
    s = open_shards(folder, split)
    return s[0 : len(s)].tolist()


SMALL = Options(val=0.1, shard_mb=0.1)


@pytest.fixture(scope='module')
def corpus(tmp_path_factory, texts):
    "A folder of two jsonl files, some small ones, a csv and a packed one."
    folder = tmp_path_factory.mktemp('corpus')
    jsonl(folder / 'a.jsonl', texts[:2500])
    for k in range(5):
        jsonl(folder / f'b{k}.jsonl', texts[2500 + 10 * k : 2510 + 10 * k])
    (folder / 'c.jsonl.gz').write_bytes(
        gzip.compress(jsonl(folder / 'c.tmp', texts[2550:4000]).read_bytes(), mtime=0)
    )
    (folder / 'c.tmp').unlink()
    jsonl(folder / 'd.jsonl', texts[4000:])
    return folder


@pytest.fixture(scope='module')
def whole(tmp_path_factory, corpus, tok):
    out = tmp_path_factory.mktemp('whole') / 'shards'
    pretokenize(corpus, out, tok, SMALL)
    return out


def test_against_the_obvious(whole, texts, tok):
    "Every document once, in order, in the split that its hash says."
    is_val = [int.from_bytes(document_digest(t)[0][:8], 'big') < 0.1 * 2**64 for t in texts]
    assert 300 < sum(is_val) < 600
    for split, mine in ('train', False), ('val', True):
        want = [i for t, v in zip(texts, is_val) if v == mine for i in (*tok.encode(t), tok.eot_id)]
        assert ids_of(whole, split) == want
        counts = read_meta(whole)['splits'][split]
        assert counts['bytes'] == sum(len(t.encode()) for t, v in zip(texts, is_val) if v == mine)
        assert counts['documents'] == sum(v == mine for v in is_val) and len(counts['shards']) > 3
    assert not list(whole.rglob('*.part'))


@pytest.mark.parametrize('n', [2, 5])
def test_parts_equal_the_whole(whole, corpus, tok, tmp_path, n):
    "In any order, in one folder or gathered from several."
    order = random.Random(n).sample(range(1, n + 1), n)
    made = [pretokenize(corpus, tmp_path / 'out', tok, SMALL, part=(i, n)) for i in order]
    assert made[:-1] == [None] * (n - 1) and files_in(tmp_path / 'out') == files_in(whole)
    for i in order:
        pretokenize(corpus, tmp_path / f'apart{i}', tok, SMALL, part=(i, n))
        for name, data in files_in(tmp_path / f'apart{i}').items():
            (tmp_path / 'gathered' / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / 'gathered' / name).write_bytes(data)
    assert pretokenize(corpus, tmp_path / 'gathered', tok, SMALL) and files_in(
        tmp_path / 'gathered'
    ) == files_in(whole)


def test_workers_change_nothing(whole, corpus, tok, tmp_path):
    pretokenize(corpus, tmp_path / 'out', tok, SMALL, workers=3)
    assert files_in(tmp_path / 'out') == files_in(whole)


def start(args, cwd, **env):
    return subprocess.Popen(
        [sys.executable, '-m', 'llm_book.data', 'pretokenize', *map(str, args)],
        cwd=cwd,
        text=True,
        env=os.environ | env,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )


def killed_often(args, cwd, times, seed):
    "Start, kill when a few more files exist, repeat; a run that ends before the signal is compared."
    dice, kills, stamps, out = random.Random(seed), 0, {}, cwd / 'out'
    assert start(['--out', cwd / 'first', *args], cwd).wait() == 0
    n_files = lambda: sum(len(files) for _, _, files in os.walk(out))
    while True:
        p, enough = (
            start(['--out', out, *args], cwd),
            n_files() + dice.randrange(20) if kills < times else 10**9,
        )
        until(lambda: p.poll() is not None or n_files() >= enough)
        time.sleep(dice.uniform(0, 0.05))  # any moment will do
        p.send_signal(signal.SIGKILL)  # the parent only: the workers have to notice
        kills += p.wait() == -signal.SIGKILL
        for bin in out.rglob('*.bin'):
            assert stamps.setdefault(bin, bin.stat()[1:9]) == bin.stat()[1:9], (
                'a finished shard was written again'
            )
        if p.returncode == 0:
            assert files_in(out) == files_in(cwd / 'first')
            if kills >= times:
                return
            shutil.rmtree(out)
            stamps.clear()
        else:
            assert p.returncode == -signal.SIGKILL, p.stderr.read()


@pytest.mark.process
@pytest.mark.parametrize(
    'times,dedup',
    [
        (3, False),
        pytest.param(20, False, marks=pytest.mark.slow),
        pytest.param(20, True, marks=pytest.mark.slow),
    ],
)
def test_killed_at_random_moments(corpus, tok, tmp_path, times, dedup):
    tok.save(tmp_path / 'tok')
    args = [
        corpus,
        '--tokenizer',
        tmp_path / 'tok',
        '--val',
        0.1,
        '--shard_mb',
        0.05,
        '--workers',
        2,
        *['--dedup'] * dedup,
    ]
    killed_often(args, tmp_path, times, seed=times)


HANGS = """import os, runpy, sys, time
real, name = os.fsync, sys.argv.pop(1)
os.fsync = lambda fd: time.sleep(600) if name in os.readlink(f'/proc/self/fd/{fd}') else real(fd)
runpy.run_module('llm_book.data', run_name='__main__', alter_sys=True)"""


@pytest.mark.process
@pytest.mark.parametrize('name', ['plan.json.', 'tokenizer.json.', '00003.json.', 'meta.json.'])
def test_killed_while_it_writes(corpus, tok, tmp_path, name):
    "What the killed process was writing does not stay."
    tok.save(tmp_path / 'tok')
    args = [
        'pretokenize',
        corpus,
        '--tokenizer',
        'tok',
        '--val',
        '0.1',
        '--shard_mb',
        '0.1',
        '--workers',
        '1',
        '--out',
    ]
    assert (
        subprocess.run([sys.executable, '-m', 'llm_book.data', *args, 'first'], cwd=tmp_path).returncode == 0
    )
    p = subprocess.Popen([sys.executable, '-c', HANGS, name, *args, 'out'], cwd=tmp_path)
    pieces = until(lambda: p.poll() or list(tmp_path.glob(f'out/**/*{name}{p.pid}.part')))
    p.kill()
    assert p.wait() == -signal.SIGKILL and pieces[0].exists()
    assert subprocess.run([sys.executable, '-m', 'llm_book.data', *args, 'out'], cwd=tmp_path).returncode == 0
    assert files_in(tmp_path / 'out') == files_in(tmp_path / 'first')


def gone(group):
    "Whether no process of a group is left."
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return True
    return False


@pytest.mark.process
def test_orphans_end(corpus, tok, tmp_path):
    "Workers whose parent was killed do not linger."
    tok.save(tmp_path / 'tok')
    p = start(
        [
            corpus,
            '--tokenizer',
            tmp_path / 'tok',
            '--out',
            tmp_path / 'out',
            '--shard_mb',
            0.01,
            '--workers',
            2,
        ],
        tmp_path,
    )
    until(lambda: p.poll() is not None or list(tmp_path.glob('out/units/*.json')))
    p.kill()
    p.wait()
    until(lambda: gone(p.pid))
    all_of_them = len(Job(corpus, tmp_path / 'out', tok, Options(shard_mb=0.01)).units)
    done = len(list(tmp_path.glob('out/units/*.json')))
    assert done < all_of_them, 'the workers ended only when all was done'


@pytest.mark.parametrize('n', [1, 3])
def test_dedup_keeps_the_first(tok, tmp_path, texts, n):
    few = texts[:400]
    dice = random.Random(0)
    again = dice.choices(few, k=600)
    jsonl(tmp_path / 'a.jsonl', few[:200] + again[:300])
    jsonl(tmp_path / 'b.jsonl', again[300:] + few)
    for i in range(1, n + 1):
        meta = pretokenize(
            [tmp_path / 'a.jsonl', tmp_path / 'b.jsonl'],
            tmp_path / 'out',
            tok,
            Options(val=0, dedup=True, shard_mb=0.02),
            part=(i, n),
        )
    seen = list(dict.fromkeys(few[:200] + again + few))
    assert ids_of(tmp_path / 'out', 'train') == [i for t in seen for i in (*tok.encode(t), tok.eot_id)]
    assert meta['skipped']['duplicate']['count'] == 1200 - len(seen)
    assert not (tmp_path / 'out' / 'hashes').exists()


LINES = [  # (line of a hostile file, the reason it is left out for, or the text)
    (b'{"text": "good"}', None),
    (b'not json', 'not JSON'),
    (b'{"txt": "x"}', "no field 'text'"),
    (b'{"text": 7}', "'text' is not text"),
    (b'{"text": null}', "'text' is not text"),
    (b'["text"]', 'not a JSON object'),
    (b'{"text": "\\ud83d"}', 'lone surrogate'),
    (b'{"text": "caf\xe9"}', 'not UTF-8'),
    (b'{"text": "half', 'not JSON'),
    (b'', 'blank line'),
    (b'  ', 'blank line'),
    (b'{"text": ""}', 'too short'),
    (b'[' * 5000, 'JSON nested too deeply'),
    (b'{"text": "said <|endoftext|> aloud"}', None),
    (b'{"text": "nan is fine", "score": NaN}', None),
    (b'\xef\xbb\xbf{"text": "bom"}', None),
    (b'{"text": "nul \\u0000 inside"}', None),
    (b'{"text": "windows"}\r', None),
    (b'{"text": "\\ud83d\\ude00 whole pair"}', None),
    (b'\x00\x00', 'ends in NUL bytes'),
    (b'\xff\xfe', 'not UTF-8'),
]


def test_hostile_lines(tok, tmp_path, texts):
    good = [json.dumps({'text': t}).encode() for t in texts[:40]]
    raw = good[:20] + [line for line, _ in LINES] + good[20:]
    (tmp_path / 'bad.jsonl').write_bytes(b'\n'.join(raw))
    meta = pretokenize(
        tmp_path / 'bad.jsonl', tmp_path / 'out', tok, Options(val=0, shard_mb=0.001), max_bad=1
    )
    for reason in {r for _, r in LINES if r}:
        numbers = [20 + k for k, (_, r) in enumerate(LINES, 1) if r == reason]
        assert meta['skipped'][reason] == {
            'count': len(numbers),
            'places': [f'bad.jsonl:{n}' for n in numbers[:3]],
        }
    want = [
        t for t, r in ((json.loads(line.decode('utf-8-sig'))['text'], r) for line, r in LINES if r is None)
    ]
    shards = open_shards(tmp_path / 'out', 'train', tok)
    assert [tok.decode(shards.doc(i)) for i in range(shards.n_docs)] == texts[:20] + want + texts[20:40]
    assert sum(e['count'] for e in meta['skipped'].values()) + shards.n_docs == len(raw)
    with pytest.raises(ValueError, match=r'11 records are bad.*not JSON: 2 \(bad.jsonl:22, bad.jsonl:29\)'):
        pretokenize(tmp_path / 'bad.jsonl', tmp_path / 'out2', tok, Options(val=0))
    assert not (tmp_path / 'out2' / 'meta.json').exists()
    assert pretokenize(
        tmp_path / 'bad.jsonl', tmp_path / 'out2', tok, Options(val=0), max_bad=0.5
    )  # accepted afterwards
    with pytest.raises(ValueError, match=r'bad.jsonl:22: not JSON'):
        pretokenize(
            tmp_path / 'bad.jsonl', tmp_path / 'out3', tok, Options(val=0, shard_mb=0.001), strict=True
        )


def texts_of(folder, tok, split='train'):
    shards = open_shards(folder, split, tok)
    return [tok.decode(shards.doc(i)) for i in range(shards.n_docs)]


def reasons(meta):
    return {reason: entry['count'] for reason, entry in meta['skipped'].items()}


PLAIN = Options(val=0)


def pack(path, data):
    "Write `data`, packed as the name says."
    if path.suffix == '.zst':
        data = pytest.importorskip('zstandard').compress(data)
    path.write_bytes(gzip.compress(data) if path.suffix == '.gz' else data)
    return path


@pytest.mark.parametrize('end', ['', '.gz', '.zst'])
@pytest.mark.parametrize('kind', ['txt', 'jsonl', 'csv', 'parquet'])
def test_every_kind_plain_and_packed(tok, tmp_path, texts, kind, end):
    some = [*texts[:30], texts[3001], 'with "quotes", commas\nand lines', 'caf\u00e9 \U0001f98a']
    if kind == 'txt':
        raw = '\n'.join(some).encode()
    elif kind == 'jsonl':
        raw = '\n'.join(json.dumps({'n': 1, 'text': t}) for t in some).encode()
    elif kind == 'csv':
        csv.writer(out := io.StringIO(newline='')).writerows([['text', 'n'], *([t, 1] for t in some)])
        raw = b'\xef\xbb\xbf' + out.getvalue().encode()
    else:
        pyarrow, parquet = pytest.importorskip('pyarrow'), pytest.importorskip('pyarrow.parquet')
        parquet.write_table(
            pyarrow.table({'n': [1] * len(some), 'text': some}), out := io.BytesIO(), row_group_size=7
        )
        raw = out.getvalue()
    path = pack(tmp_path / f'a.{kind}{end}', raw)
    pretokenize(path, tmp_path / 'out', tok, PLAIN)
    assert texts_of(tmp_path / 'out', tok) == (['\n'.join(some)] if kind == 'txt' else some)
    if end or kind == 'parquet':  # cut off: what was read before stays
        (tmp_path / f'cut.{kind}{end}').write_bytes(path.read_bytes()[: -len(path.read_bytes()) // 2])
        meta = pretokenize([path, tmp_path / f'cut.{kind}{end}'], tmp_path / 'out2', tok, PLAIN, max_bad=1)
        assert reasons(meta) == {'cut off or damaged': 1}
        with pytest.raises(ValueError, match='cut off or damaged: 1'):
            pretokenize(tmp_path / f'cut.{kind}{end}', tmp_path / 'out3', tok, PLAIN)


def test_truncated_gz_keeps_what_was_before(tok, tmp_path, texts):
    dice = random.Random(0)
    some = [''.join(dice.choices('abcdefgh ', k=400)) for _ in range(3000)]
    data = gzip.compress('\n'.join(json.dumps({'text': t}) for t in some).encode())
    (tmp_path / 'a.jsonl.gz').write_bytes(data[: len(data) // 2])
    with pytest.raises(ValueError, match='cut off or damaged: 1 .*what follows there is lost'):
        pretokenize(tmp_path / 'a.jsonl.gz', tmp_path / 'out', tok, PLAIN)
    meta = pretokenize(tmp_path / 'a.jsonl.gz', tmp_path / 'out', tok, PLAIN, max_bad=1)
    kept = texts_of(tmp_path / 'out', tok)
    assert 1300 < len(kept) < 1600 and kept == some[: len(kept)]
    assert meta['skipped'] == {'cut off or damaged': {'count': 1, 'places': [f'a.jsonl.gz:{len(kept) + 1}']}}


def test_hostile_rows(tok, tmp_path):
    (tmp_path / 'a.csv').write_bytes(b'id,text\n1,good\n2\n3,caf\xe9\n\n4,"two\nlines"\n5,\n')
    meta = pretokenize(tmp_path / 'a.csv', tmp_path / 'out', tok, PLAIN, max_bad=1)
    assert texts_of(tmp_path / 'out', tok) == ['good', 'two\nlines']
    assert meta['skipped'] == {
        'another number of fields': {'count': 1, 'places': ['a.csv:3']},
        'not UTF-8': {'count': 1, 'places': ['a.csv:4']},
        'too short': {'count': 1, 'places': ['a.csv:8']},
    }
    pyarrow, parquet = pytest.importorskip('pyarrow'), pytest.importorskip('pyarrow.parquet')
    parquet.write_table(pyarrow.table({'text': ['good', None, ''], 'n': [1, 2, 3]}), tmp_path / 'a.parquet')
    assert reasons(pretokenize(tmp_path / 'a.parquet', tmp_path / 'out2', tok, PLAIN, max_bad=1)) == {
        "'text' is not text": 1,
        'too short': 1,
    }
    other = Options(val=0, text_field='body')
    with pytest.raises(
        ValueError, match="no document is left .no field 'body': 3 .*; there are: 'text', 'n'; name"
    ):
        pretokenize(tmp_path / 'a.parquet', tmp_path / 'out3', tok, other, max_bad=1)
    assert not (tmp_path / 'out3').exists()  # the same folder may be named again


def test_empty_and_broken_files(tok, tmp_path):
    for name in ('empty.txt', 'empty.jsonl', 'empty.csv'):
        (tmp_path / name).touch()
    (tmp_path / 'latin.txt').write_bytes(b'caf\xe9')
    (tmp_path / 'good.txt').write_text('good')
    (tmp_path / 'no.parquet').write_bytes(b'PAR1 no')
    meta = pretokenize(tmp_path, tmp_path / 'out', tok, PLAIN, max_bad=1)
    want = {'empty file': 3, 'not UTF-8': 1} | ({'cut off or damaged': 1} if have('pyarrow') else {})
    assert reasons(meta) == want and texts_of(tmp_path / 'out', tok) == ['good']
    assert meta['skipped']['empty file']['places'] == ['empty.csv:1', 'empty.jsonl:1', 'empty.txt:1']


def have(package):
    return importlib.util.find_spec(package) is not None


def test_text_with_separators(tok, tmp_path, texts):
    for sep, given in ('\n', '\\n'), ('<|endoftext|>', '<|endoftext|>'):
        (tmp_path / 'a.txt').write_text(sep.join(texts[:300]), encoding='utf-8')
        options = Options(val=0, separator=given, shard_mb=0.01, min_chars=sorted(map(len, texts[:300]))[50])
        meta = pretokenize(tmp_path / 'a.txt', tmp_path / f'out{len(sep)}', tok, options)
        assert len(meta['splits']['train']['shards']) > 5 and reasons(meta)['too short'] >= 1
        assert texts_of(tmp_path / f'out{len(sep)}', tok) == [
            t for t in texts[:300] if len(t) >= options.min_chars
        ]


def test_validation_texts_stay_when_files_are_added(tok, tmp_path, texts):
    jsonl(tmp_path / 'b.jsonl', texts[:500])
    few = pretokenize(tmp_path / 'b.jsonl', tmp_path / 'few', tok, Options(val=0.1))
    jsonl(tmp_path / 'a.jsonl', texts[500:1000])
    pretokenize([tmp_path / 'a.jsonl', tmp_path / 'b.jsonl'], tmp_path / 'more', tok, Options(val=0.1))
    assert 20 < few['splits']['val']['documents'] < 90
    assert set(texts_of(tmp_path / 'few', tok, 'val')) <= set(texts_of(tmp_path / 'more', tok, 'val'))
    assert not set(texts_of(tmp_path / 'few', tok)) & set(texts_of(tmp_path / 'more', tok, 'val'))


@pytest.mark.slow
def test_hub_datasets(tok, tmp_path, texts, monkeypatch):
    datasets = pytest.importorskip('datasets')
    monkeypatch.setattr(datasets.config, 'HF_DATASETS_CACHE', tmp_path / 'cache')
    datasets.Dataset.from_dict({'text': texts[:200], 'n': range(200)}).save_to_disk(tmp_path / 'saved')
    pretokenize(f'hf:{tmp_path}/saved', tmp_path / 'out', tok, PLAIN)
    assert texts_of(tmp_path / 'out', tok) == texts[:200]
    (tmp_path / 'folder').mkdir()
    for k in range(3):
        jsonl(tmp_path / 'folder' / f'{k}.jsonl', texts[100 * k : 100 * k + 100])
    meta = pretokenize(
        f'hf:{tmp_path}/folder@train', tmp_path / 'out2', tok, PLAIN
    )  # read as a stream, file by file
    assert texts_of(tmp_path / 'out2', tok) == texts[:300] and len(meta['splits']['train']['shards']) == 3


def test_a_tokenizer_learns_from_a_hub_dataset(tmp_path, texts, monkeypatch):
    datasets = pytest.importorskip('datasets')
    monkeypatch.setattr(datasets.config, 'HF_DATASETS_CACHE', tmp_path / 'cache')
    datasets.Dataset.from_dict({'text': [None, *texts[:50]]}).save_to_disk(tmp_path / 'saved')
    assert [*sample_texts(f'hf:{tmp_path}/saved')] == texts[:50]


def test_a_bad_row_of_a_hub_dataset_stops_a_strict_job(tok, tmp_path, texts, monkeypatch):
    datasets = pytest.importorskip('datasets')
    monkeypatch.setattr(datasets.config, 'HF_DATASETS_CACHE', tmp_path / 'cache')
    datasets.Dataset.from_dict({'text': [texts[0], texts[1], None]}).save_to_disk(tmp_path / 'saved')
    with pytest.raises(ValueError, match=r"saved:1: 'text' is not text \(--strict"):  # of the third part
        pretokenize(f'hf:{tmp_path}/saved', tmp_path / 'out', tok, PLAIN, strict=True)


def test_end_of_text_of_another_number(tok, tmp_path, texts):
    pretokenize(jsonl(tmp_path / 'a.jsonl', texts[:50]), tmp_path / 'out', tok, Options(val=0, eot_id=10))
    shards = open_shards(tmp_path / 'out', 'train', tok)
    assert (
        shards.eot_id == 10
        and ids_of(tmp_path / 'out', 'train').count(10) >= 50
        and [tok.decode(shards.doc(i)) for i in range(50)] == texts[:50]
    )


def test_a_full_disk_loses_nothing(tok, tmp_path, texts):
    tok.save(tmp_path / 'tok')
    jsonl(tmp_path / 'a.jsonl', texts)
    args = [
        sys.executable,
        '-m',
        'llm_book.data',
        'pretokenize',
        'a.jsonl',
        '--tokenizer',
        'tok',
        '--out',
        'out',
        '--shard_mb',
        '0.3',
        '--workers',
        '1',
    ]

    def small():
        resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))  # no file may grow larger

    full = subprocess.run(args, cwd=tmp_path, preexec_fn=small, capture_output=True, text=True)
    assert full.returncode == 2 and 'no room for out' in full.stderr and len(full.stderr.splitlines()) == 1, (
        full.stderr
    )
    assert not list(tmp_path.rglob('out/train/*.bin')) and not (tmp_path / 'out' / 'meta.json').exists()
    assert subprocess.run(args, cwd=tmp_path).returncode == 0
    assert sum(len(texts_of(tmp_path / 'out', tok, s)) for s in ('train', 'val')) == len(texts)
    assert not list(tmp_path.rglob('*.part'))


def test_two_at_once(tok, tmp_path, texts):
    "The same command started twice: they share the work and agree."
    tok.save(tmp_path / 'tok')
    jsonl(tmp_path / 'a.jsonl', texts)
    args = ['a.jsonl', '--tokenizer', 'tok', '--shard_mb', 0.05, '--workers', 1]
    both = [start([*args, '--out', 'out'], tmp_path) for _ in range(2)]
    assert [p.wait() for p in both] == [0, 0], [p.stderr.read() for p in both]
    pretokenize(tmp_path / 'a.jsonl', tmp_path / 'alone', tok, Options(shard_mb=0.05))
    assert files_in(tmp_path / 'out') == files_in(tmp_path / 'alone')


def test_open_data_takes_files_of_any_kind(tok, tmp_path, texts):
    jsonl(tmp_path / 'a.jsonl', texts[:300])
    train, val = open_data(tmp_path / 'a.jsonl', None, tmp_path / 'out', tok, val_fraction=0.2)
    assert train.n_docs + val.n_docs == 300 and 30 < val.n_docs < 90
    stamp = (tmp_path / 'out' / 'meta.json').stat().st_mtime_ns
    open_data(tmp_path / 'a.jsonl', None, tmp_path / 'out', tok, val_fraction=0.2)
    assert (tmp_path / 'out' / 'meta.json').stat().st_mtime_ns == stamp  # cached
    changed = [t.swapcase() for t in texts[:300]]  # as many bytes, another text
    jsonl(tmp_path / 'a.jsonl', changed)
    train, val = open_data(tmp_path / 'a.jsonl', None, tmp_path / 'out', tok, val_fraction=0.2)
    assert set(texts_of(tmp_path / 'out', tok)) <= set(changed)


def test_commands(run, refused, tmp_path):
    assert 'tinyshakespeare' in run('llm_book.data', 'list').stdout
    assert "did you mean 'novels'?" in refused('llm_book.data', 'fetch', 'novel')
    assert 'no text at nowhere' in refused(
        'llm_book.data', 'pretokenize', 'nowhere', '--tokenizer', 'bytes', '--out', 'o'
    )
    (tmp_path / 'pictures').mkdir()
    (tmp_path / 'pictures' / 'a.png').touch()
    assert 'no text at pictures' in refused(
        'llm_book.data', 'pretokenize', 'pictures', '--tokenizer', 'bytes', '--out', 'o'
    )
    assert '--separator' in run('llm_book.data', 'pretokenize', '--help').stdout


@needs_mirror
def test_tang_poems_from_json_to_info(run, tmp_path):
    files = run('llm_book.data', 'fetch', 'tang-poems', mirror=MIRROR).stdout.split()
    poems = [p for f in files[:2] for p in json.loads(Path(f).read_text(encoding='utf-8'))]
    jsonl(tmp_path / 'tang.jsonl', [p['title'] + '\n' + '\n'.join(p['paragraphs']) for p in poems])
    run('llm_book.data', 'pretokenize', 'tang.jsonl', '--tokenizer', 'qwen', '--out', 'tang', mirror=MIRROR)
    said = run('llm_book.data', 'info', 'tang').stdout
    assert poems[0]['title'] in said and f'{len(poems):,}'[:1] in said and 'tokenizer qwen' in said


@pytest.mark.slow
def test_memory_does_not_grow(tok, tmp_path, texts):
    "Peak resident memory, workers included, for 20 MB and for 400 MB."
    tok.save(tmp_path / 'tok')
    peaks = []
    for n in (1, 20):
        part = jsonl(tmp_path / 'one.jsonl', texts * 8).read_bytes()
        with open(tmp_path / 'a.jsonl', 'wb') as f:
            for _ in range(n):
                f.write(part)
        p, peak = (
            start(
                [
                    'a.jsonl',
                    '--tokenizer',
                    'tok',
                    '--out',
                    f'out{n}',
                    '--workers',
                    2,
                    '--shard_mb',
                    8,
                    '--dedup',
                ],
                tmp_path,
            ),
            0,
        )
        while p.poll() is None:
            pids = subprocess.run(
                ['ps', '-o', 'rss=', '-g', str(p.pid)], capture_output=True, text=True
            ).stdout.split()
            peak = max(peak, sum(map(int, pids)))
            time.sleep(0.05)
        assert p.returncode == 0
        peaks.append(peak / 1024)
    print('peak MiB', peaks)
    assert peaks[1] < 1.2 * peaks[0] + 50 and peaks[1] < 1536


def test_more_shards_than_open_files(tok, tmp_path, texts):
    jsonl(tmp_path / 'a.jsonl', texts[:400])
    pretokenize(tmp_path / 'a.jsonl', tmp_path / 'out', tok, Options(val=0, shard_mb=0.0005))
    assert len(read_meta(tmp_path / 'out')['splits']['train']['shards']) > 250
    code = (
        'import resource; resource.setrlimit(resource.RLIMIT_NOFILE, (64, 4096))\n'
        'from llm_book.data.shards import open_shards; print(open_shards("out", "train").n_docs)'
    )
    some = subprocess.run([sys.executable, '-c', code], cwd=tmp_path, capture_output=True, text=True)
    assert some.stdout == '400\n', some.stderr
    few = subprocess.run(
        [sys.executable, '-c', code.replace('4096', '128')], cwd=tmp_path, capture_output=True, text=True
    )
    assert 'allow more open files (ulimit -Hn)' in few.stderr


@pytest.mark.parametrize('size', [500, 501, 499, 100, 7])
def test_ranges_that_end_with_lines(tok, tmp_path, size):
    "Lines of a hundred bytes, and ranges that end before, at and after their ends: each line once."
    some = [f'{k:04}' + 'x' * (100 - 17) for k in range(60)]
    data = jsonl(tmp_path / 'a.jsonl', some).read_bytes()
    assert len(data) == 6000
    (tmp_path / 'b.jsonl').write_bytes(data[:-1])  # no end after the last line
    for name in 'ab':
        pretokenize(tmp_path / f'{name}.jsonl', tmp_path / name, tok, Options(val=0, shard_mb=size / 1e6))
        assert texts_of(tmp_path / name, tok) == some


def test_documents_begin_where_the_index_says(tok, tmp_path, texts):
    "Also in a shard that is written in several batches."
    meta = pretokenize(jsonl(tmp_path / 'a.jsonl', texts * 2), tmp_path / 'out', tok, PLAIN)
    shards = open_shards(tmp_path / 'out', 'train')
    assert meta['splits']['train']['bytes'] > 3e6 and len(shards.bins) == 1
    assert (shards.starts[1:] == np.flatnonzero(shards[0 : len(shards)] == tok.eot_id) + 1).all()
    assert shards.doc(8999).tolist() == tok.encode(texts[-1])


def test_a_finished_shard_is_not_written_again(whole, corpus, tok, tmp_path):
    "Killed between the shards of a unit and its report: the shards stay as they are."
    shutil.copytree(whole, tmp_path / 'out')
    (tmp_path / 'out' / 'meta.json').unlink()
    (tmp_path / 'out' / 'units' / '00001.json').unlink()
    before = {p: (p.stat().st_ino, p.stat().st_mtime_ns) for p in tmp_path.rglob('*.bin')}
    pretokenize(corpus, tmp_path / 'out', tok, SMALL)
    assert {p: (p.stat().st_ino, p.stat().st_mtime_ns) for p in tmp_path.rglob('*.bin')} == before
    assert files_in(tmp_path / 'out') == files_in(whole)


def test_another_job_in_the_same_folder_is_refused(whole, corpus, tok):
    before = files_in(whole)
    for other, says in (
        (Options(val=0.2, shard_mb=0.1), 'begun with val 0.1, not 0.2: delete it'),
        (Options(val=0.1, shard_mb=0.1, dedup=True), 'begun with dedup False, not True: delete it'),
    ):
        with pytest.raises(ValueError, match=says):
            pretokenize(corpus, whole, tok, other)
    with pytest.raises(ValueError, match='another tokenizer'):
        pretokenize(corpus, whole, train_bpe(['abc'], 270), SMALL)
    with pytest.raises(ValueError, match='begun with '):
        pretokenize(corpus / 'a.jsonl', whole, tok, SMALL)
    assert files_in(whole) == before


def test_packed_files_of_several_members(tok, tmp_path, texts):
    parts = [
        '\n'.join(json.dumps({'text': t}) for t in some).encode() + b'\n'
        for some in (texts[:40], texts[40:80])
    ]
    (tmp_path / 'a.jsonl.gz').write_bytes(
        b''.join(map(gzip.compress, parts)) + bytes(512)
    )  # padded, as tapes do
    pretokenize(tmp_path / 'a.jsonl.gz', tmp_path / 'out', tok, PLAIN)
    assert texts_of(tmp_path / 'out', tok) == texts[:80]


def test_bins_from_elsewhere_are_adopted(run, refused, tok, tmp_path, texts):
    tok.save(tmp_path / 'tok')
    stream = np.array([i for t in texts[:300] for i in (*tok.encode(t), tok.eot_id)], np.uint32)
    (tmp_path / 'bins' / 'train').mkdir(parents=True)
    for k, part in enumerate(np.split(stream, [997, 20_011])):
        part.tofile(tmp_path / 'bins' / 'train' / f'part{k}.bin')
    args = 'llm_book.data', 'adopt', 'bins', '--tokenizer', 'tok', '--dtype'
    assert 'so they are uint32' in refused(*args, 'uint16')
    assert '300 documents' in run(*args, 'uint32').stdout
    assert texts_of(tmp_path / 'bins', tok) == texts[:300]
    assert 'nothing to adopt' in refused(*args, 'uint32')


class Counter:
    "A shared number; whenever its lock is released, another process counts one on."

    def __init__(self, other=0):
        self.value, self.other = 0, other

    def get_lock(self):
        return self

    def __enter__(self):
        return self

    def __exit__(self, *e):
        self.value += self.other


def test_no_task_is_skipped_when_two_workers_count_at_once(corpus, tok, tmp_path):
    job = Job(corpus, tmp_path / 'out', tok, Options(shard_mb=0.01))
    todo = list(range(len(job.units)))
    run_worker(job, 'units', todo, SharedState(Counter(other=1), Counter(), Counter()))
    mine = [int(path.stem) for path in sorted(tmp_path.glob('out/units/*.json'))]
    assert len(todo) > 4 and mine == todo[::2]


@pytest.mark.process
def test_a_killed_worker_is_noticed(corpus, tok, tmp_path):
    "As when memory runs out: the run ends with a word, and the same command goes on."
    tok.save(tmp_path / 'tok')
    args = [
        corpus,
        '--tokenizer',
        tmp_path / 'tok',
        '--out',
        tmp_path / 'out',
        '--shard_mb',
        0.01,
        '--workers',
        2,
    ]
    p = start(args, tmp_path)
    until(lambda: p.poll() is not None or list(tmp_path.glob('out/units/*.json')))
    workers = subprocess.run(
        ['ps', '-o', 'pid=', '--ppid', str(p.pid)], capture_output=True, text=True
    ).stdout.split()
    os.kill(int(workers[0]), signal.SIGKILL)
    assert p.wait() == 2 and 'a worker was killed' in p.stderr.read()
    assert len(workers) == 2 and not (tmp_path / 'out' / 'meta.json').exists()
    assert start(args, tmp_path).wait() == 0
    assert len(texts_of(tmp_path / 'out', tok)) + len(texts_of(tmp_path / 'out', tok, 'val')) == 4500


def test_any_error_of_a_worker_is_told(corpus, tok, tmp_path, monkeypatch):
    "An error that nobody foresaw arrives with its place; only a killed worker is called killed."
    monkeypatch.setitem(pretokenize_module.STAGE_FUNCTIONS, 'units', broken_stage)
    job = Job(corpus, tmp_path / 'out', tok, Options(shard_mb=0.01))
    errors = multiprocessing.get_context('fork').SimpleQueue()
    run_worker(job, 'units', [0], SharedState(Counter(), Counter(), Counter(), errors))
    with pytest.raises(RuntimeError, match=r'stage units failed: (?s:.*)broken_stage(?s:.*)KeyError: .a bug'):
        raise errors.get()
    ended = multiprocessing.get_context('fork').Process(target=os._exit, args=(3,))
    ended.start()
    ended.join()
    with pytest.raises(OSError, match='ended with exit code 3'):
        pretokenize_module.wait_all([ended], SharedState(0, 0, 0, errors), lambda: None)


def broken_stage(job, task, tick):
    raise KeyError('a bug')
