"""What has to hold for all batches: each sample once, for any number of processes and threads; packed
documents whole and blind to each other; memory flat, reading fast."""

import os
import resource
import statistics
import subprocess
import sys
import time
from functools import cache
from timeit import timeit

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from llm_book.data.batches import (
    Batches,
    Documents,
    Packed,
    Windows,
    document_args,
    document_mask,
    document_positions,
)
from llm_book.data import sample_order
from llm_book.data.sample_order import feistel_permutation
from llm_book.model.gpt import GPTConfig, GPTModel
from llm_book.data.shards import open_shards, write_shards
from llm_book.world.grammar import stories
from llm_book.text.tokenizer_files import get_tokenizer

quick = settings(max_examples=60, deadline=None)
lengths = st.lists(st.integers(1, 40), min_size=1, max_size=30)  # of documents, end of text included


class Ids:
    "Samples that are their own numbers."

    def __init__(self, n):
        self.n = n

    def __len__(self):
        return self.n

    def rows(self, ids):
        return (t := torch.as_tensor(list(ids))[:, None]), t


class Stream:
    "Documents of these lengths, read like shards; id 0 ends each, every other id is its place in the stream."

    split, eot_id = 'train', 0

    def __init__(self, lengths):
        self.starts, self.n_docs = np.cumsum([0, *lengths]), len(lengths)
        self.ids = np.arange(self.starts[-1])
        self.ids[self.starts[1:] - 1] = 0
        self.bins = np.split(self.ids, range(17, len(self.ids), 17))  # in files of 17

    def __len__(self):
        return len(self.ids)


# -- the order of samples


@quick
@given(st.integers(1, 3000) | st.integers(1, 20), st.integers(0, 2**63), st.integers(0, 5))
def test_order_is_a_permutation(n, seed, epoch):
    assert sorted(feistel_permutation(np.arange(n), n, seed, epoch).tolist()) == list(range(n))


@quick
@given(st.integers(10**6, 10**13), st.integers(0, 2**63), st.data())
def test_long_orders_never_meet(n, seed, data):
    first = data.draw(st.integers(0, n - 5000))
    found = feistel_permutation(np.arange(first, first + 5000), n, seed)
    assert len(set(found.tolist())) == 5000 and 0 <= found.min() and found.max() < n


def counts(n, seeds, epochs):
    "How often each sample is at each place, over many orders."
    seen = np.zeros((n, n))
    for seed in range(seeds):
        order = feistel_permutation(np.tile(np.arange(n), epochs), n, seed, np.repeat(np.arange(epochs), n))
        np.add.at(seen, (np.tile(np.arange(n), epochs), order), 1)
    return seen


@pytest.mark.parametrize('n', [2, 3, 4, 5, 7, 9, 12, 15, 16, 17, 24, 40])
@pytest.mark.parametrize('seeds,epochs', [(1, 6000), (1500, 1)])
def test_every_sample_comes_equally_often_at_every_place(n, seeds, epochs):
    seen, expected = counts(n, seeds, epochs), seeds * epochs / n
    uneven = ((seen - expected) ** 2 / expected).sum() / (n * (n - 1))  # 1 for a perfect shuffle
    assert uneven < 1 + 5 * 2**0.5 / (n - 1), uneven  # five times its scatter


@quick
@given(
    st.integers(1, 60),
    st.integers(1, 20),
    st.integers(1, 7),
    st.integers(0, 99),
    st.sampled_from([1, 2, 3, 64]),
    st.integers(0, 3),
)
def test_each_epoch_sees_each_sample_once_however_it_is_cut(n, batch, micro, seed, world, workers):
    whole = Batches(Ids(n), batch, seed=seed)
    ranks = [
        Batches(Ids(n), batch, micro, seed, num_workers=workers * (r < 2), rank=r, world_size=world)
        for r in range(world)
    ]
    steps = range(-(-2 * n // batch))
    seen = []
    for s in steps:
        shares = [r.batch(s) for r in ranks]
        assert len({len(share) for share in shares}) == 1  # all make as many forwards
        counted = [i for share in shares for _, y in share for i in y[:, 0].tolist() if i != -100]
        assert sorted(counted) == sorted(whole.ids(s))
        if world == 1:
            assert counted == whole.ids(s)
        seen += whole.ids(s)
    for epoch in range(len(seen) // n):
        assert sorted(seen[epoch * n : (epoch + 1) * n]) == list(range(n))


@quick
@given(
    st.integers(2, 200),
    st.integers(1, 12),
    st.integers(1, 12),
    st.integers(1, 9),
    st.sampled_from([1, 2, 64]),
)
def test_an_epoch_visits_each_window_exactly_once(n, T, stride, batch, world):
    if n <= T:
        return
    samples = Windows(Stream([n]), T, stride)
    ranks = [Batches(samples, batch, seed=n, drop_last=False, rank=r, world_size=world) for r in range(world)]
    full, rest = divmod(len(samples), batch)
    steps = [[m for r in ranks for m in r.batch(s)] for s in range(full)]
    if rest:
        steps.append([samples.rows([i]) for i in ranks[0].ids(full)[:rest]])
    starts = [int(x[0]) for step in steps for tokens, y in step for x, z in zip(tokens, y) if z[0] != -100]
    assert sorted(starts) == list(range(0, n - T, stride))
    for tokens, targets in steps[0]:
        counted = targets[:, 0] != -100
        assert (targets[counted] == torch.where(tokens == n - 2, 0, tokens + 1)[counted]).all()


@quick
@given(st.integers(1, 60), st.integers(1, 20), st.integers(1, 7), st.sampled_from([1, 2, 64]))
def test_evaluation_sees_all_once_and_in_order(n, batch, micro, world):
    ranks = [
        list(Batches(Ids(n), batch, micro, rank=r, world_size=world).eval_batches()) for r in range(world)
    ]
    counted = [i for share in ranks for _, y in share for i in y[:, 0].tolist() if i != -100]
    assert sorted(counted) == list(range(n)) and len({len(share) for share in ranks}) == 1
    if world == 1:
        assert counted == list(range(n))


def test_what_drop_last_leaves_out_changes_with_the_epoch():
    batches = Batches(Ids(13), 5, drop_last=True)
    epochs = [{*batches.ids(2 * e), *batches.ids(2 * e + 1)} for e in range(30)]
    assert {len(seen) for seen in epochs} == {10} and set.union(*epochs) == set(range(13))


def test_a_far_step_costs_what_the_first_one_costs(monkeypatch):
    near, far = Batches(Ids(1000), 64), Batches(Ids(10**12), 64)
    real, hashed = sample_order.hash64, []
    monkeypatch.setattr(sample_order, 'hash64', lambda x, key: hashed.append(x.size) or real(x, key))

    def cost(batches, at):
        "How many numbers are hashed for 30 steps."
        hashed.clear()
        for k in range(30):
            batches.ids(at + k * 10**4)
        return sum(hashed)

    assert 30 * 64 * 6 < cost(far, 10**9) < 1.2 * cost(near, 0)
    assert far.ids(10**9) == feistel_permutation(np.arange(64 * 10**9, 64 * 10**9 + 64), 10**12).tolist()


def test_a_worker_that_fails_says_so():
    class Broken(Ids):
        def rows(self, ids):
            raise OSError('the disk is gone')

    with pytest.raises(OSError, match='the disk is gone'):
        Batches(Broken(9), 2, num_workers=2).batch(0)


@pytest.mark.parametrize(
    'bad,message',
    [
        ({'batch_size': 0}, 'batch_size is 0'),
        ({'rank': 2, 'world_size': 2}, 'rank 2 of 2'),
        ({'rank': -1}, 'rank -1 of 1'),
        ({'num_workers': -1}, 'num_workers is -1'),
        ({'batch_size': 10, 'drop_last': True}, 'do not fill one batch of 10'),
    ],
)
def test_impossible_batches_are_refused(bad, message):
    with pytest.raises(AssertionError, match=message):
        Batches(Ids(9), **{'batch_size': 2} | bad)


def test_a_split_without_documents_is_refused():
    for kind in (Documents, Packed):
        with pytest.raises(ValueError, match="'train' has no documents"):
            kind(Stream([]), 8)


# -- packing


@quick
@given(lengths, st.integers(1, 50), st.integers(1, 9), st.sampled_from([1, 2, 5]), st.integers(0, 9))
def test_packing_loses_nothing_and_splits_no_document_that_fits(lengths, T, batch, world, seed):
    stream = Stream(lengths)
    samples = Packed(stream, T)
    assert samples.n_split == sum(n > T for n in lengths) and samples.lengths.sum() == len(stream)
    steps = Batches(samples, batch, 2, seed, drop_last=False).steps_per_epoch
    for s in range(steps):
        shares = [Batches(samples, batch, 2, seed, rank=r, world_size=world).batch(s) for r in range(world)]
        assert len({len(share) for share in shares}) == 1
        rows = [
            row
            for share in shares
            for x, y, told in share
            for row in zip(x.tolist(), y.tolist(), told['positions'].tolist())
            if max(row[1]) >= 0
        ]
        counted = sorted(tuple(t for t in y if t >= 0) for _, y, _ in rows)
        again = [ys for _, ys, _ in Batches(samples, batch, 99, seed).batch(s)]
        assert counted == sorted(tuple(y[y >= 0].tolist()) for ys in again for y in ys)
        assert all(len(x) == T for x, _, _ in rows)
        pieces = [(samples.starts[i], samples.lengths[i]) for i in Batches(samples, batch, seed=seed).ids(s)]
        want = sorted(tuple(stream.ids[at : at + n].tolist()) for at, n in pieces)
        got = []
        for x, y, p in rows:
            begins = [i for i in range(T) if p[i] == 0 and y[i] >= 0] + [T]  # position 0 begins a piece
            for a, b in zip(begins, begins[1:]):
                piece = [t for t in y[a:b] if t >= 0]
                got.append(tuple(piece))
                assert x[a + 1 : a + len(piece)] == piece[:-1]  # a token is the target before
        assert sorted(got) == want


def fewest(lengths, T, room=()):
    "The fewest rows for these lengths, by trying everything."
    if not lengths:
        return 0
    n, rest = lengths[0], lengths[1:]
    tries = [fewest(rest, T, (*room[:k], r - n, *room[k + 1 :])) for k, r in enumerate(room) if r >= n]
    return min([1 + fewest(rest, T, (*room, T - n)), *tries])


@quick
@given(st.lists(st.integers(1, 20), min_size=1, max_size=7), st.integers(20, 40))
def test_packing_needs_few_rows(lengths, T):
    samples = Packed(Stream(lengths), T)
    rows = samples.pack(range(len(lengths)))
    assert sorted(sum(rows, [])) == list(range(len(lengths)))
    assert rows == samples.pack(range(len(lengths)))  # deterministic
    full = sorted(samples.lengths[row].sum() for row in rows)
    assert full[-1] <= T and (len(rows) == 1 or full[0] + full[1] > T)  # no two rows fit into one
    assert len(rows) <= 11 / 9 * fewest(lengths, T) + 1  # Johnson, 1974


def test_packing_fills_rows_of_uneven_documents():
    lengths = np.random.default_rng(0).geometric(1 / 80, 4000).tolist()
    packed, padded = (Batches(kind(Stream(lengths), 512), 256, 8) for kind in (Packed, Documents))

    def padding(batches):
        ys = [y for s in range(10) for _, y, *_ in batches.batch(s)]
        return sum((y < 0).sum().item() for y in ys) / sum(y.numel() for y in ys)

    assert padding(packed) < 0.03 < padding(padded)


# -- document masks


@quick
@given(st.lists(st.tuples(st.integers(-1, 5), st.integers(1, 6)), min_size=1, max_size=8))
def test_masks_and_positions_against_their_definition(runs):
    runs = [(d + 10 * k * (d >= 0), n) for k, (d, n) in enumerate(runs)]  # a number comes once in a row
    row = [d for d, n in runs if d >= 0 for _ in range(n)] + [-1] * sum(n for d, n in runs if d < 0)
    T, documents = len(row), torch.tensor([row, row[::-1]])
    mask, positions = document_mask(documents), document_positions(documents)
    assert mask.shape == (2, 1, T, T) and mask.dtype == torch.bool and mask.any(-1).all()
    for r, numbers in enumerate(documents.tolist()):
        for i in range(T):
            assert positions[r, i] == numbers[:i].count(numbers[i])
            assert mask[r, 0, i].tolist() == [j <= i and numbers[j] == numbers[i] for j in range(T)]


SIZES = dict(
    vocab_size=60, context_length=64, emb_dim=32, n_heads=4, n_layers=2, drop_rate=0.0, tie_embeddings=False
)


@cache
def models():
    "A GPT, a Qwen and a Qwen with a sliding layer, every weight drawn so that no zero hides a mistake."
    from llm_book.model.qwen import QwenConfig, QwenModel

    qwen = SIZES | dict(n_kv_groups=2, head_dim=8, hidden_dim=48)
    made = [
        GPTModel(GPTConfig(**SIZES)),
        QwenModel(QwenConfig(**qwen)),
        QwenModel(QwenConfig(**qwen, sliding_window=5, sliding_layers=(1,))),
    ]
    torch.manual_seed(0)
    for model in made:
        for name, p in model.named_parameters():
            torch.nn.init.normal_(p, 1.0 if p.dim() == 1 and 'bias' not in name else 0.0, 0.15)
    return [model.eval() for model in made]


@cache
def packed_batch(kind):
    "Tokens, targets and documents of a batch whose rows hold several documents."
    stream = Stream(np.random.default_rng(1).integers(2, 30, 60).tolist())
    stream.ids[:] = np.where(stream.ids > 0, stream.ids % 50 + 1, 0)  # the files are views of it
    if kind == 'windows':
        return Windows(stream, 64, separate=True).rows(range(4))
    samples = Packed(stream, 64)
    return samples.rows(samples.pack(range(16)))


@pytest.mark.parametrize('which', range(3), ids=['gpt', 'qwen', 'sliding'])
@pytest.mark.parametrize('kind', ['packed', 'windows'])
def test_documents_do_not_see_each_other(which, kind):
    model, (tokens, targets, documents) = models()[which], packed_batch(kind)
    told = document_args(documents)
    with torch.no_grad():
        logits, whole = model(tokens, **told), torch.zeros(2)
        assert not logits.isnan().any()
        for r in range(len(tokens)):
            for d in set(documents[r].tolist()) - {-1}:
                own = documents[r] == d
                x, y = tokens[r, own][None], targets[r, own][None]
                assert (logits[r, own] - model(x)[0]).abs().max() < 1e-5
                whole += torch.stack([part.float() for part in model(x, targets=y)])
                other = tokens.clone()
                other[r, ~own] = (other[r, ~own] + 7) % 60
                changed = model(other, **told)[r]
                assert (changed[own] == logits[r, own]).all(), 'a neighbour leaks'
                assert own.all() or (changed[~own] != logits[r, ~own]).any()
        loss, n = model(tokens, targets=targets, **told)
        assert n == whole[1] and abs(loss / whole[0] - 1) < 1e-5
        assert (model(tokens) - logits).abs().max() > 0.1  # without a mask they do


@pytest.mark.parametrize('which', range(3), ids=['gpt', 'qwen', 'sliding'])
def test_no_gradient_reaches_a_neighbour(which):
    model = models()[which]
    tokens, documents = torch.tensor([[1, 2, 3, 4, 21, 22, 23, 24]]), torch.tensor([[0] * 4 + [1] * 4])
    targets = torch.tensor([[-100] * 4 + [22, 23, 24, 25]])
    model.zero_grad()
    model(tokens, targets=targets, **document_args(documents))[0].backward()
    grad = model.tok_emb.weight.grad.abs().sum(1)
    model.zero_grad()
    assert (grad[1:5] == 0).all() and (grad[21:25] > 0).all()


@pytest.mark.filterwarnings('ignore')
@pytest.mark.parametrize('which', range(3), ids=['gpt', 'qwen', 'sliding'])
@pytest.mark.parametrize('T', [64, 50])
def test_flex_attention_gives_the_same_logits(which, T):
    model, (tokens, _, documents) = models()[which], packed_batch('packed')
    tokens, documents = tokens[:, :T], documents[:, :T]
    if which == 2:  # a window wants the table
        with pytest.raises(AssertionError, match='boolean mask'):
            model(tokens, **document_args(documents, flex=True))
        return
    with torch.no_grad():
        blocks = model(tokens, **document_args(documents, flex=True))
        assert (blocks - model(tokens, **document_args(documents))).abs().max() < 1e-5


# -- reading


@pytest.fixture(scope='module')
def tales(tmp_path_factory):
    "A folder of shards, the same text in one file and in many."
    folder, tok, text = tmp_path_factory.mktemp('tales'), get_tokenizer('bytes'), list(stories(3000))
    for name, size in ('one', 2**26), ('many', 29_989):
        write_shards(folder / name, tok, {'train': lambda: text}, {}, shard_tokens=size)
    return folder


def test_many_shards_read_like_one(tales):
    one, many = (open_shards(tales / name, 'train') for name in ('one', 'many'))
    for kind, T in ((Windows, 100), (Documents, 300), (Packed, 1000)):
        for a, b in zip(*(Batches(kind(shards, T), 30, 7, seed=5).batch(4) for shards in (one, many))):
            assert (a[0] == b[0]).all() and (a[1] == b[1]).all()


@pytest.mark.clock
@pytest.mark.parametrize('files', ['one', 'many'])
def test_reading_is_three_times_as_fast_as_nanogpt(tales, files):
    shards, T, B = open_shards(tales / files, 'train'), 1024, 8
    path = tales / 'one' / 'train' / '00000.bin'

    def get_batch():
        "nanoGPT's, as published in its train.py, on the CPU."
        data = np.memmap(path, dtype=shards.dtype, mode='r')
        ix = torch.randint(len(data) - T, (B,))
        x = torch.stack([torch.from_numpy((data[i : i + T]).astype(np.int64)) for i in ix])
        y = torch.stack([torch.from_numpy((data[i + 1 : i + 1 + T]).astype(np.int64)) for i in ix])
        return x.to('cpu'), y.to('cpu')

    batches, step = Batches(Windows(shards, T), B), iter(range(10**9))

    def ours():
        return batches.batch(next(step))

    cost = lambda f: timeit(f, time.process_time, number=60)  # what others do meanwhile does not count
    ratios = [cost(get_batch) / cost(ours) for _ in range(15)]
    print(
        f'\n8 x 1024 tokens, {files}: nanoGPT {60 / cost(get_batch):.0f} batches/s, '
        f'ratio {statistics.median(ratios):.1f} ({min(ratios):.1f} to {max(ratios):.1f})'
    )
    assert statistics.median(ratios) >= 3, ratios


def seconds_of_cpu():
    "What this process and its ended children have used of the processors."
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(u.ru_utime + u.ru_stime for u in used)


@pytest.mark.slow
@pytest.mark.clock
def test_worker_processes_cost_more_than_no_workers(tales):
    samples = Windows(open_shards(tales / 'one', 'train'), 1024)

    class Set(torch.utils.data.Dataset):
        def __len__(self):
            return len(samples)

        def __getitem__(self, i):
            return tuple(x[0] for x in samples.rows([i]))

    loader = torch.utils.data.DataLoader(Set(), 8, shuffle=True, num_workers=2)
    start = seconds_of_cpu()
    n = sum(1 for _ in loader)
    theirs = n / (seconds_of_cpu() - start)
    batches = Batches(samples, 8)
    ours = 300 / timeit(lambda: [batches.batch(s) for s in range(300)], timer=seconds_of_cpu, number=1)
    print(f'\nbatches per second of CPU: DataLoader with two workers {theirs:.0f}, none {ours:.0f}')
    assert ours > 2 * theirs


READ = '''
import sys, numpy as np
from pathlib import Path
from llm_book.data.batches import Batches, Windows
from llm_book.data.shards import TokenFile
kind = {'reads': TokenFile, 'map': np.memmap}[sys.argv[2]]
class OneFile:
    split, eot_id, bins = 'train', 0, [kind(Path(sys.argv[1]), np.uint16)]
    def __len__(self): return len(self.bins[0])
def resident():
    return int(next(l for l in open('/proc/self/status') if l.startswith('VmRSS')).split()[1])/1024
batches = Batches(Windows(OneFile(), 1024), 64)
for s in range(3): batches.batch(s)
first, most = resident(), 0
for s in range(batches.steps_per_epoch):
    batches.batch(s)
    if s % 20 == 0: most = max(most, resident())
print(most - first)
'''


@pytest.mark.skipif(not os.path.exists('/proc/self/status'), reason='asks Linux for the resident memory')
def test_resident_memory_is_flat_over_an_epoch(tmp_path):
    with open(tmp_path / 'train.bin', 'wb') as f:
        f.truncate(2**28)  # 256 MiB

    def growth(way):
        done = subprocess.run(
            [sys.executable, '-c', READ, tmp_path / 'train.bin', way],
            capture_output=True,
            text=True,
            check=True,
        )
        return float(done.stdout)

    reads, mapped = growth('reads'), growth('map')
    print(f'\nMiB more over an epoch of 256 MiB: {reads:.0f} by reads, {mapped:.0f} by a memory map')
    assert mapped > 200 and reads < 20
