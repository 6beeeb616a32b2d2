"Pretokenizing: the same bytes however often it is killed and however it is divided; nothing lost, nothing silently dropped."
import gzip
import json
import os
import random
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from llm_book.data import Bad, Options, digest_of, documents, open_data, open_shards, pretokenize, read_meta
from llm_book.tales import stories
from llm_book.tokenizer import train_bpe


@pytest.fixture(scope='module')
def tok():
    return train_bpe([*stories(200, 0, 'en'), *stories(200, 0, 'zh')], 400)


@pytest.fixture(scope='module')
def texts():
    return [*stories(3000, 0, 'en'), *stories(1500, 0, 'zh')]


def jsonl(path, texts, **more):
    path.write_text(''.join(json.dumps({'text': t} | more, ensure_ascii=False) + '\n' for t in texts), encoding='utf-8')
    return path


def files_in(folder):
    "Everything under a folder, by path from it."
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob('*')) if p.is_file()}


def ids_of(folder, split):
    s = open_shards(folder, split)
    return s[0:len(s)].tolist()


SMALL = Options(val=0.1, shard_mb=0.1)


@pytest.fixture(scope='module')
def corpus(tmp_path_factory, texts):
    "A folder of two jsonl files, some small ones, a csv and a packed one."
    folder = tmp_path_factory.mktemp('corpus')
    jsonl(folder/'a.jsonl', texts[:2500])
    for k in range(5): jsonl(folder/f'b{k}.jsonl', texts[2500 + 10*k:2510 + 10*k])
    (folder/'c.jsonl.gz').write_bytes(gzip.compress(jsonl(folder/'c.tmp', texts[2550:4000]).read_bytes(), mtime=0))
    (folder/'c.tmp').unlink()
    jsonl(folder/'d.jsonl', texts[4000:])
    return folder


@pytest.fixture(scope='module')
def whole(tmp_path_factory, corpus, tok):
    out = tmp_path_factory.mktemp('whole')/'shards'
    pretokenize(corpus, out, tok, SMALL)
    return out


def test_against_the_obvious(whole, texts, tok):
    "Every document once, in order, in the split that its hash says."
    is_val = [int.from_bytes(digest_of(t)[0][:8], 'big') < 0.1*2**64 for t in texts]
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
    made = [pretokenize(corpus, tmp_path/'out', tok, SMALL, part=(i, n)) for i in order]
    assert made[:-1] == [None]*(n - 1) and files_in(tmp_path/'out') == files_in(whole)
    for i in order:
        pretokenize(corpus, tmp_path/f'apart{i}', tok, SMALL, part=(i, n))
        for name, data in files_in(tmp_path/f'apart{i}').items():
            (tmp_path/'gathered'/name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path/'gathered'/name).write_bytes(data)
    assert pretokenize(corpus, tmp_path/'gathered', tok, SMALL) and files_in(tmp_path/'gathered') == files_in(whole)


def test_workers_change_nothing(whole, corpus, tok, tmp_path):
    pretokenize(corpus, tmp_path/'out', tok, SMALL, workers=3)
    assert files_in(tmp_path/'out') == files_in(whole)


def start(args, cwd, **env):
    return subprocess.Popen([sys.executable, '-m', 'llm_book.data', 'pretokenize', *map(str, args)], cwd=cwd, text=True,
                            env=os.environ | env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True)


def killed_often(args, out, cwd, times, seed):
    "Run, and kill at random moments; how often it was alive when the signal came."
    dice, hits, stamps = random.Random(seed), 0, {}
    t = time.perf_counter()
    assert start(['--out', cwd/'first', *args], cwd).wait() == 0
    length = time.perf_counter() - t
    for _ in range(times):
        p = start(['--out', out, *args], cwd)
        time.sleep(dice.uniform(0.4*length, length))
        if p.poll() is None: hits += 1
        p.send_signal(signal.SIGKILL)                                 # the parent only: the workers have to notice
        p.wait()
        for bin in Path(out).rglob('*.bin'):
            assert stamps.setdefault(bin, bin.stat()[1:9]) == bin.stat()[1:9], 'a finished shard was written again'
    done = start(['--out', out, *args], cwd)
    assert done.wait() == 0, done.stderr.read()
    return hits


@pytest.mark.parametrize('times,dedup', [(4, False), pytest.param(20, False, marks=pytest.mark.slow),
                                         pytest.param(20, True, marks=pytest.mark.slow)])
def test_killed_at_random_moments(corpus, tok, tmp_path, times, dedup):
    tok.save(tmp_path/'tok')
    args = [corpus, '--tokenizer', tmp_path/'tok', '--val', 0.1, '--shard_mb', 0.05, '--workers', 2, *['--dedup']*dedup]
    assert killed_often(args, tmp_path/'out', tmp_path, times, seed=times) >= times//2
    assert files_in(tmp_path/'out') == files_in(tmp_path/'first')


def test_orphans_end(corpus, tok, tmp_path):
    "Workers whose parent was killed do not linger."
    tok.save(tmp_path/'tok')
    p = start([corpus, '--tokenizer', tmp_path/'tok', '--out', tmp_path/'out', '--shard_mb', 0.01, '--workers', 2], tmp_path)
    while not list(tmp_path.glob('out/units/*.json')): time.sleep(0.02)
    p.kill()
    for _ in range(100):
        try: os.killpg(p.pid, 0)
        except ProcessLookupError: return
        p.poll()
        time.sleep(0.05)
    os.killpg(p.pid, signal.SIGKILL)
    raise AssertionError('workers are still there')


@pytest.mark.parametrize('n', [1, 3])
def test_dedup_keeps_the_first(tok, tmp_path, texts, n):
    few = texts[:400]
    dice = random.Random(0)
    again = dice.choices(few, k=600)
    jsonl(tmp_path/'a.jsonl', few[:200] + again[:300])
    jsonl(tmp_path/'b.jsonl', again[300:] + few)
    for i in range(1, n + 1):
        meta = pretokenize([tmp_path/'a.jsonl', tmp_path/'b.jsonl'], tmp_path/'out', tok, Options(val=0, dedup=True, shard_mb=0.02),
                           part=(i, n))
    seen = list(dict.fromkeys(few[:200] + again + few))
    assert ids_of(tmp_path/'out', 'train') == [i for t in seen for i in (*tok.encode(t), tok.eot_id)]
    assert meta['skipped']['duplicate']['count'] == 1200 - len(seen)
    assert not (tmp_path/'out'/'hashes').exists()


LINES = [  # (line of a hostile file, the reason it is left out for, or the text)
    (b'{"text": "good"}', None), (b'not json', 'not JSON'), (b'{"txt": "x"}', "no field 'text'"),
    (b'{"text": 7}', "'text' is not text"), (b'{"text": null}', "'text' is not text"), (b'["text"]', 'not a JSON object'),
    (b'{"text": "\\ud83d"}', 'lone surrogate'), (b'{"text": "caf\xe9"}', 'not UTF-8'), (b'{"text": "half', 'not JSON'),
    (b'', 'blank line'), (b'  ', 'blank line'), (b'{"text": ""}', 'too short'), (b'[' * 5000, 'not JSON'),
    (b'{"text": "said <|endoftext|> aloud"}', None), (b'{"text": "nan is fine", "score": NaN}', None),
    (b'\xef\xbb\xbf{"text": "bom"}', None), (b'{"text": "nul \\u0000 inside"}', None), (b'{"text": "windows"}\r', None),
    (b'{"text": "\\ud83d\\ude00 whole pair"}', None), (b'\x00\x00', 'not JSON'), (b'\xff\xfe', 'not UTF-8')]


def test_hostile_lines(tok, tmp_path, texts):
    good = [json.dumps({'text': t}).encode() for t in texts[:40]]
    raw = good[:20] + [line for line, _ in LINES] + good[20:]
    (tmp_path/'bad.jsonl').write_bytes(b'\n'.join(raw))
    meta = pretokenize(tmp_path/'bad.jsonl', tmp_path/'out', tok, Options(val=0, shard_mb=0.001), max_bad=1)
    for reason in {r for _, r in LINES if r}:
        numbers = [20 + k for k, (_, r) in enumerate(LINES, 1) if r == reason]
        assert meta['skipped'][reason] == {'count': len(numbers), 'places': [f'bad.jsonl:{n}' for n in numbers[:3]]}
    want = [t for t, r in ((json.loads(line.decode('utf-8-sig'))['text'], r) for line, r in LINES if r is None)]
    shards = open_shards(tmp_path/'out', 'train', tok)
    assert [tok.decode(shards.doc(i)) for i in range(shards.n_docs)] == texts[:20] + want + texts[20:40]
    assert sum(e['count'] for e in meta['skipped'].values()) + shards.n_docs == len(raw)
    with pytest.raises(ValueError, match=r'11 records are bad.*not JSON: 4 \(bad.jsonl:22, bad.jsonl:29, bad.jsonl:33, \.\.\.\)'):
        pretokenize(tmp_path/'bad.jsonl', tmp_path/'out2', tok, Options(val=0))
    assert not (tmp_path/'out2'/'meta.json').exists()
    assert pretokenize(tmp_path/'bad.jsonl', tmp_path/'out2', tok, Options(val=0), max_bad=0.5)      # accepted afterwards
    with pytest.raises(ValueError, match=r'bad.jsonl:22: not JSON'):
        pretokenize(tmp_path/'bad.jsonl', tmp_path/'out3', tok, Options(val=0, shard_mb=0.001), strict=True)
