"Less memory, the same numbers: odd shapes, sharded and compiled models, peak memory by the system."

import copy
import json
import math
import subprocess
import sys
import weakref
from contextlib import nullcontext
from dataclasses import replace
from functools import partial
from types import SimpleNamespace

import pytest
import torch
from hypothesis import given, settings, strategies as st
from torch import nn
from torch.nn import functional as F
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves
from torch.utils.checkpoint import checkpoint
from torch.utils.flop_counter import FlopCounterMode

from llm_book.core.exercises import CHINESE_SENTENCE, ENGLISH_SENTENCE
from llm_book.data.batches import document_args
from llm_book.infer.cache import KVCache
from llm_book.model.families import build_model, family_of
from llm_book.model.gpt import GPT_PRESETS, GPTConfig, head_loss
from llm_book.train.memory import (
    PRECISIONS,
    ChunkedLoss,
    LossScale,
    amp_dtype,
    autocast,
    checkpoint_blocks,
    chunked_loss,
    loss_and_logit_grad,
    max_loss_scale,
    memory_plan,
    saved_bytes,
)
from llm_book.model.qwen import QWEN_PRESETS, QwenConfig
from llm_book.train.optim import divide_grads, make_optimizer

GPT = GPTConfig(vocab_size=97, context_length=64, emb_dim=16, n_heads=4, n_layers=2, drop_rate=0.0)
QWEN = QwenConfig(
    vocab_size=97,
    context_length=64,
    emb_dim=16,
    n_heads=4,
    n_kv_groups=2,
    head_dim=8,
    hidden_dim=40,
    n_layers=2,
)
EXPERTS = replace(QWEN, n_experts=4, n_active=2, expert_dim=12, balance_coef=0.5)


def build(cfg):
    torch.manual_seed(0)
    model = build_model(cfg)
    for p in model.parameters():
        nn.init.normal_(p, std=0.3)
    return model


def batch():
    torch.manual_seed(1)
    x, y = torch.randint(97, (2, 3, 20))
    y[0, 4:] = y[2, 0] = -100
    return x, y


def gradients(model, **args):
    model.zero_grad()
    x, y = batch()
    loss, n = model(x, targets=y, **args)
    (loss / n).backward()
    return loss.detach(), [p.grad.clone() for p in model.parameters()]


def far(a, b):
    return max(((p - q).norm() / q.norm().clamp(min=1e-30)).item() for p, q in zip(a, b))


@settings(max_examples=60, deadline=None)
@given(
    B=st.integers(1, 4),
    T=st.integers(1, 9),
    D=st.integers(1, 8),
    V=st.integers(1, 30),
    rows=st.integers(1, 40),
    share=st.sampled_from([0.0, 0.5, 1.0]),
    size=st.sampled_from([0.1, 30.0]),
    seed=st.integers(0, 99),
    learn=st.sampled_from([(True, True), (True, False), (False, True)]),
)
def test_any_shape(B, T, D, V, rows, share, size, seed, learn):
    torch.manual_seed(seed)
    head, x = nn.Linear(D, V, bias=False).double(), torch.randn(B, T, D, dtype=torch.float64) * size
    head.requires_grad_(learn[1])
    y = torch.randint(V, (B, T)).masked_fill(torch.rand(B, T) < share, -100)
    x.requires_grad_(learn[0])
    loss, n = chunked_loss(x, head, y, rows)
    loss.backward()
    z, w = x.detach().requires_grad_(), head.weight.detach().requires_grad_()
    exact = F.cross_entropy((z @ w.T).flatten(0, 1), y.flatten(), reduction='sum')
    exact.backward()
    assert n == (y != -100).sum() and torch.allclose(loss, exact, rtol=1e-9, atol=1e-9)
    assert torch.allclose(x.grad, z.grad, atol=1e-9) if learn[0] else x.grad is None
    assert torch.allclose(head.weight.grad, w.grad, atol=1e-8) if learn[1] else head.weight.grad is None


def test_backward_twice_and_gradients_of_their_own():
    torch.manual_seed(0)
    head, x = nn.Linear(8, 50, bias=False), torch.randn(1, 9, 8, requires_grad=True)
    loss, _ = chunked_loss(x, head, torch.randint(50, (1, 9)), 4)
    loss.backward(retain_graph=True)
    once = head.weight.grad.clone(), x.grad.clone()
    head.weight.grad.mul_(0)  # as clipping would, in place
    loss.backward()
    assert torch.equal(head.weight.grad, once[0]) and torch.equal(x.grad, 2 * once[1])
    with pytest.raises(RuntimeError, match='second time'):
        loss.backward()


def test_masked_rows_as_a_gpu_has_them():
    torch.manual_seed(0)
    w, x = torch.randn(50, 8, requires_grad=True), torch.randn(9, 8, requires_grad=True)
    y = torch.tensor([3, -100, 4, -100, -100, 49, 0, 0, -100])
    ChunkedLoss.apply(x, w, y, 4, torch.float32).backward()  # not left out beforehand
    z, v = (t.detach().requires_grad_() for t in (x, w))
    F.cross_entropy(z @ v.T, y, reduction='sum').backward()
    assert far([x.grad, w.grad], [z.grad, v.grad]) < 1e-6 and x.grad[y == -100].abs().max() == 0


def test_targets_outside_the_vocabulary_are_refused():
    head, x = nn.Linear(8, 50, bias=False), torch.randn(1, 2, 8)
    for bad in (50, -1, -101):
        with pytest.raises((IndexError, RuntimeError), match='out of bounds'):
            chunked_loss(x, head, torch.tensor([[0, bad]]))
    with pytest.raises(AssertionError, match='0 rows at a time'):
        chunked_loss(x, head, torch.tensor([[0, 1]]), 0)


@pytest.mark.parametrize(
    'cfg',
    [GPT, replace(GPT, tie_embeddings=False), QWEN, replace(EXPERTS, balance_coef=0.0)],
    ids=['gpt', 'untied', 'qwen', 'experts'],
)  # balance_coef: FSDP2 hands blocks a copy of the list
def test_sharded_by_fsdp(cfg):
    import torch.distributed as dist
    from torch.distributed.device_mesh import init_device_mesh
    from torch.distributed.fsdp import fully_shard

    loss, plain = gradients(build(cfg))
    dist.init_process_group('gloo', store=dist.HashStore(), rank=0, world_size=1)
    try:
        mesh = init_device_mesh('cpu', (1,))
        for own_head in (False, True):  # the head with the root, or sharded by itself
            model = checkpoint_blocks(build(cfg))
            model.head_loss = partial(chunked_loss, rows=7)
            for block in model.trf_blocks:
                fully_shard(block, mesh=mesh)
            if own_head and not cfg.tie_embeddings:
                fully_shard(model.out_head, mesh=mesh)
            fully_shard(model, mesh=mesh)
            for _ in range(2):
                lean_loss, lean = gradients(model)
            assert abs(lean_loss / loss - 1) < 1e-6 and far([g.full_tensor() for g in lean], plain) < 1e-5
    finally:
        dist.destroy_process_group()


@pytest.mark.slow
@pytest.mark.parametrize('recompute', [False, True])
def test_compiled(recompute):
    loss, plain = gradients(build(GPT))
    model = build(GPT)
    model.head_loss = chunked_loss
    if recompute:
        checkpoint_blocks(model)
    model.compile(backend='aot_eager', dynamic=False)
    lean_loss, lean = gradients(model)
    assert abs(lean_loss / loss - 1) < 1e-6 and far(lean, plain) < 1e-5


@pytest.mark.parametrize(
    'cfg', [replace(GPT, drop_rate=0.2), replace(EXPERTS, drop_rate=0.2)], ids=['gpt', 'experts']
)
def test_checkpointed_blocks_survive_a_copy_and_follow_their_weights(cfg):
    model = checkpoint_blocks(build(cfg))
    twin, plain = copy.deepcopy(model), build(cfg)
    names = list(plain.state_dict())
    assert list(model.state_dict()) == list(twin.state_dict()) == names
    with torch.no_grad():
        for p, q in zip(twin.parameters(), plain.parameters()):
            q.copy_(p.mul_(1.1))
    for m in (plain, twin):
        m.train()
    torch.manual_seed(5)
    a = gradients(plain)
    torch.manual_seed(5)
    b = gradients(twin)
    assert torch.equal(a[0], b[0]) and all(map(torch.equal, a[1], b[1]))
    assert saved_bytes(lambda: model(*batch()[:1])) < saved_bytes(lambda: plain(*batch()[:1])) / 2
    for m in (model, plain):
        m.eval()
    with torch.no_grad():
        assert torch.equal(model(batch()[0]).isnan(), plain(batch()[0]).isnan())


def test_experts_append_once():
    "A recomputed block must not append its balancing loss again, which would keep its whole graph alive."
    from torch.utils.checkpoint import checkpoint

    def entries(wrap):
        model, balance = build(replace(EXPERTS, n_layers=6)), []
        wrap(model)
        model.features(batch()[0], balance=balance).sum().backward()
        return len(balance)

    def naive(model):
        for b in model.trf_blocks:
            b.forward = partial(checkpoint, b.forward, use_reentrant=False)

    assert entries(checkpoint_blocks) == 6 < entries(naive)


def test_loss_scale_goes_through_json():
    scale = LossScale(2.0**10, patience=3)
    for finite in (True, True, False, True):
        scale.update(finite)
    other = LossScale(patience=3)
    other.load(json.loads(json.dumps(scale.state())))
    for s in (scale, other):
        for _ in range(2):
            s.update(True)
    assert scale.scale == other.scale == 2.0**10 and scale.state() == other.state()


@pytest.mark.parametrize('precision', ['bf16', 'fp16'])
def test_evaluation_in_half_precision(precision):
    model, lean = build(GPT), build(GPT)
    lean.head_loss = partial(chunked_loss, rows=7)
    x, y = batch()
    with torch.no_grad(), autocast('cpu', precision):
        a, b = model(x, targets=y), lean(x, targets=y)
    assert abs(b[0] / a[0] - 1) < 1e-6 and a[1] == b[1]


def test_every_preset_has_a_plan():
    for name, cfg in (GPT_PRESETS | QWEN_PRESETS).items():
        if name.startswith('qwen3-235b'):
            continue
        plan = memory_plan(cfg, 2, 1024, precision='bf16')
        assert all(isinstance(b, int) and b > 0 for b in plan.values()), name
        lean = memory_plan(cfg, 2, 1024, precision='bf16', checkpoint_activations=True)
        more = memory_plan(cfg, 4, 1024, precision='bf16')
        assert sum(lean.values()) < sum(plan.values()) < sum(more.values()), name
        assert plan['gradients'] * 2 == plan['optimizer'] and json.dumps(plan)


@pytest.mark.slow
def test_half_the_memory_at_qwens_vocabulary():
    program = '''
import sys, torch
from llm_book.model.gpt import GPTConfig, GPTModel
from llm_book.train.memory import chunked_loss
torch.set_num_threads(1)
model = GPTModel(GPTConfig(151936, 256, 64, 4, 2, 0.))
if sys.argv[1] == 'chunked': model.head_loss = chunked_loss
x = torch.randint(151936, (4, 256))
for _ in range(2): model(x, targets=x)[0].backward()
print(next(int(line.split()[1]) for line in open('/proc/self/status') if line.startswith('VmHWM')))
'''
    peak = {
        kind: int(
            subprocess.run(
                [sys.executable, '-c', program, kind], capture_output=True, text=True, check=True
            ).stdout
        )
        for kind in ('plain', 'chunked')
    }
    assert peak['chunked'] < peak['plain'] / 2, peak  # Python and PyTorch themselves included


def test_blocks_run_twice_and_no_more():
    model, runs = checkpoint_blocks(checkpoint_blocks(build(GPT))), []
    for block in model.trf_blocks:
        block.norm1.register_forward_pre_hook(lambda *args: runs.append(1))
    gradients(model)
    assert len(runs) == 2 * GPT.n_layers
    with torch.no_grad():
        model(batch()[0])
    assert len(runs) == 3 * GPT.n_layers


class Ledger(TorchDispatchMode):
    "Bytes of tensors alive, `now` and after each operation (`curve`)."

    def __init__(self, *tensors):
        super().__init__()
        self.curve, self.alive = [], {}
        for t in tensors:
            self.enter(t)

    @property
    def now(self):
        return sum(self.alive.values())

    def __torch_dispatch__(self, op, types, args=(), kwargs=None):
        out = op(*args, **(kwargs or {}))
        for t in tree_leaves(out):
            self.enter(t)
        self.curve.append(self.now)
        return out

    def enter(self, t):
        block = t.untyped_storage() if isinstance(t, torch.Tensor) else None
        if block is not None and block._cdata not in self.alive:
            self.alive[block._cdata] = block.nbytes()
            weakref.finalize(block, self.alive.pop, block._cdata)


def sentences():
    "The book's two as bytes; the shorter row is filled up with -100."
    rows = [torch.tensor(list(s.encode())) for s in (ENGLISH_SENTENCE, CHINESE_SENTENCE)]
    ids = nn.utils.rnn.pad_sequence(rows, batch_first=True, padding_value=-100)
    return ids[:, :-1].clamp(min=0), ids[:, 1:]


SMALL = replace(GPT, vocab_size=256, emb_dim=32)
SMALL_QWEN = replace(QWEN, vocab_size=256, emb_dim=32, head_dim=12, hidden_dim=80)
SMALL_EXPERTS = replace(SMALL_QWEN, n_experts=4, n_active=2, expert_dim=24, balance_coef=0.5)
KINDS = {
    'gpt': SMALL,
    'untied': replace(SMALL, tie_embeddings=False),
    'qwen': SMALL_QWEN,
    'experts': SMALL_EXPERTS,
}
x2, y2 = sentences()


def small(cfg, rows=0, recompute=False):
    torch.manual_seed(0)
    model = build_model(cfg)
    for p in model.parameters():
        nn.init.normal_(p, std=0.2)  # ones and zeros would hide mistakes
    if rows:
        model.head_loss = partial(chunked_loss, rows=rows)
    return checkpoint_blocks(model) if recompute else model


def flat_gradient(model, dtype=None, divide=True):
    model.zero_grad()
    with torch.autocast('cpu', dtype, enabled=dtype is not None):
        loss, n = model(x2, targets=y2)
    (loss / n if divide else loss).backward()
    return loss.item(), torch.cat([p.grad.flatten() for p in model.parameters()])


def distance(a, b):
    return ((a - b).norm() / b.norm()).item()


def test_the_ledger_by_eye():
    with Ledger() as ledger:
        a = torch.zeros(250)  # 4 bytes each
        b = a + 1
        c = b.view(50, 5)  # another look at b
        del a
        c.sum()
    assert ledger.curve == [1000, 2000, 2000, 1004]


def test_saved_bytes_are_what_forward_leaves_behind():
    fc, out, x5 = nn.Linear(8, 32), nn.Linear(32, 2), torch.zeros(5, 8)
    by_hand = 5 * 8 * 4 + 5 * 32 * 4  # fc keeps its input; relu and out share one tensor
    assert saved_bytes(lambda: out(fc(x5).relu()).sum()) == by_hand
    # the weight and its views are free
    assert saved_bytes(lambda: out(fc(x5).relu()) @ out.weight) == by_hand + 5 * 2 * 4
    with torch.no_grad():
        assert saved_bytes(lambda: out(fc(x5).relu()).sum()) == 0
    model, x = small(SMALL), torch.randint(256, (8, 64))
    start = x.nbytes + sum(p.nbytes for p in model.parameters())
    with Ledger(x, *model.parameters()) as ledger:
        loss, n = model(x, targets=x)
    kept = saved_bytes(lambda: model(x, targets=x)) - x.nbytes  # the ids were there before
    assert ledger.now - start == kept + loss.nbytes + n.nbytes
    turn = len(ledger.curve)
    with ledger:
        loss.backward()
    assert abs(ledger.curve.index(max(ledger.curve)) - turn) < 10  # where forward turns into backward


def test_loss_and_gradient_in_place():
    torch.manual_seed(1)
    truth = torch.tensor([0, 39, -100, 5, 5, -100, 17])
    for size in (1.0, 300.0):  # e**300 would be infinite
        z = (torch.randn(7, 40, dtype=torch.float64) * size).requires_grad_()
        wanted = F.cross_entropy(z, truth, reduction='sum')
        wanted.backward()
        grad = z.detach().clone()
        assert abs(loss_and_logit_grad(grad, truth) - wanted) < 1e-9
        assert (grad - z.grad).abs().max() < 1e-12 and grad[truth == -100].abs().max() == 0
    assert loss_and_logit_grad(torch.randn(2, 9), torch.tensor([-100, -100])) == 0
    for bad in (9, -1):
        with pytest.raises((IndexError, RuntimeError), match='out of bounds'):
            loss_and_logit_grad(torch.zeros(1, 9), torch.tensor([bad]))


@pytest.mark.parametrize('size', [1e-6, 1.0, 1e3])
def test_the_largest_power_of_two_that_overflows_neither_product(size):
    torch.manual_seed(0)
    g, x, w = (torch.randn(s) * size for s in ((5, 9), (5, 4), (9, 4)))
    up = max_loss_scale(g, x, w).item()
    largest = max((g.abs().T @ x.abs()).max(), (g.abs() @ w.abs()).max(), g.abs().max()).item() * up
    assert math.log2(up) % 1 == 0 and largest <= 65504 and (up == 2**15 or largest > 2**15 / 30)


def test_chunks_against_finite_differences():
    torch.manual_seed(0)
    inputs, truth = [torch.randn(n, 4, dtype=torch.float64) for n in (5, 9)], torch.tensor([3, -100, 0, 8, 3])
    for rows in (2, 100):
        for learn in ((True, True), (True, False), (False, True)):
            leaves = [t.clone().requires_grad_(wanted) for t, wanted in zip(inputs, learn)]
            loss = lambda x, w: 3 * ChunkedLoss.apply(x, w, truth, rows, torch.float64)
            assert torch.autograd.gradcheck(loss, leaves)


def test_naive_chunks_keep_all_log_softmaxes():
    head, x, y = (
        nn.Linear(64, 4096, bias=False),
        torch.randn(8, 64, 64, requires_grad=True),
        x2.new_zeros(8, 64),
    )
    whole = saved_bytes(lambda: head_loss(x, head, y))
    pieces = saved_bytes(lambda: [head_loss(f[None], head, t[None]) for f, t in zip(x, y)])
    assert pieces >= whole > 5 * saved_bytes(lambda: chunked_loss(x, head, y, 64))


HEADS = {
    'plain': lambda: nn.Linear(32, 500, bias=False),
    'with a bias': lambda: nn.Linear(32, 500),
    'more than one product': lambda: nn.Sequential(nn.Linear(32, 500, bias=False), nn.Tanh()),
}


@pytest.mark.parametrize('kind', HEADS)
@pytest.mark.parametrize('case', ['plain', 'divided', 'features fixed', 'head fixed', 'all masked', 'hooked'])
def test_any_head_has_the_plain_loss(kind, case):
    "Loss, count and all gradients as with the plain loss, twice in a row so that gradients pile up."
    torch.manual_seed(0)
    head, x = HEADS[kind](), torch.randn(4, 20, 32)
    y = torch.randint(500, (4, 20)).where(torch.rand(4, 20) < (0.0 if case == 'all masked' else 0.7), -100)
    if case == 'hooked':  # a hook is part of what the head does
        head.register_forward_hook(lambda module, args, out: out * 2)
    head.requires_grad_(case != 'head fixed')
    for rows in (7, 20, 512):
        seen = []
        for loss_of in (head_loss, partial(chunked_loss, rows=rows)):
            f = x.clone().requires_grad_(case != 'features fixed')
            head.zero_grad()
            for _ in range(2):
                loss, n = loss_of(f, head, y)
                (loss / 321 if case == 'divided' else loss).backward()
            grads = [p.grad.clone() for p in (f, *head.parameters()) if p.grad is not None]
            seen.append([loss.detach(), n, *grads])
        assert len(seen[0]) == len(seen[1])
        for a, b in zip(*seen):
            assert (a - b).float().norm() <= 1e-6 * a.float().norm()


def test_evaluation_in_chunks_does_one_product_of_the_rows_that_count():
    torch.manual_seed(0)
    head, x = nn.Linear(64, 500, bias=False), torch.randn(8, 64, 64)
    y = torch.randint(500, (8, 64)).where(torch.rand(8, 64) < 0.7, -100)
    with torch.no_grad():
        with FlopCounterMode(display=False) as work:
            loss, n = chunked_loss(x, head, y, rows=50)
        assert work.get_total_flops() == 2 * n.item() * 64 * 500
        assert abs(loss - head_loss(x, head, y)[0]) < 1e-5 * loss
        assert saved_bytes(lambda: chunked_loss(x, head, y)) == 0
        assert chunked_loss(x, head, torch.full_like(y, -100))[0] == 0
    with pytest.raises(AssertionError, match=r'\(8, 64\) places, targets of \(8, 9\)'):
        chunked_loss(x, head, y[:, :9])


@pytest.mark.parametrize('kind', KINDS)
def test_whole_models_in_fp32_and_16_bits(kind):
    loss, exact = flat_gradient(small(KINDS[kind]))
    lean_loss, lean = flat_gradient(small(KINDS[kind], rows=16))
    assert abs(lean_loss / loss - 1) < 1e-6 and distance(lean, exact) < 1e-6
    for dtype, room in ((torch.bfloat16, 0.05), (torch.float16, 0.01)):
        (loss, plain), (lean_loss, chunked) = (flat_gradient(small(KINDS[kind], r), dtype) for r in (0, 16))
        assert abs(lean_loss / loss - 1) < 1e-6  # the logits are rounded in the same places
        errors = [distance(g, exact) for g in (plain, chunked)]
        assert 0 < max(errors) < room and errors[1] < 1.5 * errors[0]


def test_a_backward_that_forgets_the_gradient_from_above_is_noticed():
    class Forgetful(ChunkedLoss):
        @staticmethod
        def backward(ctx, upstream):
            return *ctx.saved_tensors, None, None, None

    x, w = torch.randn(9, 8, requires_grad=True), torch.randn(50, 8)
    grads = []
    for function in (ChunkedLoss, Forgetful):
        loss = function.apply(x, w, torch.arange(9), 4, torch.float32)
        grads.append(torch.autograd.grad(loss / 300, x)[0])
    assert abs(grads[1].norm() / grads[0].norm() - 300) < 1e-2


def micro_batched(model, tokens, goals, size, args=None):
    "The gradient of the batch, `size` rows at a time: sums, divided once."
    model.zero_grad()
    total = 0
    for at in range(0, len(tokens), size):
        cut = {k: v[at : at + size] for k, v in (args or {}).items()}
        loss, n = model(tokens[at : at + size], targets=goals[at : at + size], **cut)
        loss.backward()
        total += n
    divide_grads(model.parameters(), total)
    return torch.cat([p.grad.flatten() for p in model.parameters()])


def test_micro_batches_do_not_change_the_gradient():
    torch.manual_seed(2)
    lengths = torch.randint(1, 49, (16,)) // torch.tensor([1, 16]).repeat(8) + 1  # long rows and short ones
    tokens, goals = torch.randint(256, (2, 16, 48))
    goals[torch.arange(48) >= lengths[:, None]] = -100
    model = small(SMALL, rows=64)
    F.cross_entropy(model(tokens).flatten(0, 1), goals.flatten()).backward()  # PyTorch's mean, all at once
    big = torch.cat([p.grad.flatten() for p in model.parameters()])
    for size in (16, 4, 1):
        assert distance(micro_batched(model, tokens, goals, size), big) < 1e-6
    # documents in a row, which may not see one another: masks and positions are cut along
    args = document_args((torch.rand(16, 48) < 0.1).cumsum(1))
    whole = micro_batched(model, tokens, goals, 16, args)
    assert distance(whole, big) > 0.01  # the masks do something
    for size in (4, 1):
        assert distance(micro_batched(model, tokens, goals, size, args), whole) < 1e-6
    wrong = {}
    for size in (16, 8, 1):  # the mean of means, a well-known mistake
        model.zero_grad()
        for x, y in zip(tokens.split(size), goals.split(size)):
            loss, n = model(x, targets=y)
            (loss / n * size / 16).backward()
        wrong[size] = distance(torch.cat([p.grad.flatten() for p in model.parameters()]), big)
    assert wrong[16] < 1e-6 and wrong[8] > 0.001 and wrong[1] > 0.5, wrong


def test_precisions_are_names_for_autocast():
    assert isinstance(autocast('cpu', 'auto'), nullcontext)  # a CPU without bf16 units would crawl
    assert [amp_dtype('cpu', p) for p in PRECISIONS] == [None, None, torch.bfloat16, torch.float16]
    with pytest.raises(ValueError, match="unknown precision 'bf17'; did you mean 'bf16'"):
        autocast('cpu', 'bf17')
    found = {}
    model = small(SMALL)
    for m in model.modules():
        if isinstance(m, (nn.Linear, nn.LayerNorm, nn.Embedding)):
            m.register_forward_hook(lambda m, args, out: found.update({type(m).__name__: out.dtype}))
    with autocast('cpu', 'bf16'):
        loss, _ = model(x2, targets=y2)
    assert found == {'Embedding': torch.float32, 'LayerNorm': torch.float32, 'Linear': torch.bfloat16}
    assert loss.dtype == model.tok_emb.weight.dtype == torch.float32


def test_autocast_keeps_a_copy_of_each_weight():
    fc = nn.Linear(64, 48, bias=False)
    for N in (1, 48, 200):
        rows = torch.randn(N, 64, requires_grad=True)
        with autocast('cpu', 'bf16'):
            assert saved_bytes(lambda: fc(rows)) == 2 * 64 * (N + 48)
        assert saved_bytes(lambda: fc(rows)) == 4 * 64 * N


def test_loss_scale_against_pytorchs():
    "GradScaler has to be fed real gradients to make up its mind."
    theirs, ours = (
        torch.amp.GradScaler('cpu', init_scale=2.0**10, growth_interval=3),
        LossScale(2.0**10, patience=3),
    )
    w = nn.Parameter(torch.ones(1))
    opt = torch.optim.SGD([w], lr=0.0)
    for finite in [True] * 4 + [False] * 2 + [True] * 2 + [False] + [True] * 7:
        opt.zero_grad()
        theirs.scale(w * (1.0 if finite else math.inf)).sum().backward()
        theirs.step(opt)
        theirs.update()
        ours.update(finite)
        assert ours.scale == theirs.get_scale()
    w.grad = torch.tensor([3 * ours.scale])
    ours.unscale([w, nn.Parameter(torch.ones(1))])  # one has no gradient
    assert w.grad == 3


OPTIMIZER = SimpleNamespace(
    learning_rate=0.01, weight_decay=0.0, betas=(0.9, 0.95), muon_lr=0.02, muon_momentum=0.95
)


def learn(precision, steps=25, scale=2.0**24):
    "Losses of a run on the two sentences, and the scale after each step."
    torch.manual_seed(0)
    student = build_model(replace(SMALL, n_layers=1))
    student.head_loss = chunked_loss
    opt = make_optimizer(student, SimpleNamespace(optimizer='adamw', **vars(OPTIMIZER)))
    scaler, losses, scales = LossScale(scale if precision == 'fp16' else 1.0), [], []
    for _ in range(steps):
        with autocast('cpu', precision):
            loss, n = student(x2, targets=y2)
        (loss * scaler.scale).backward()
        scaler.unscale(student.parameters())
        finite = all(p.grad.isfinite().all() for p in student.parameters())
        if finite:
            divide_grads(student.parameters(), n)
            opt.step()
        scaler.update(finite)
        opt.zero_grad()
        losses.append(loss.item() / n.item())
        scales.append(scaler.scale)
    return torch.tensor(losses), scales


def test_runs_in_16_bits_follow_the_run_in_32():
    (exact, _), (half, scales), (brain, _) = map(learn, ('fp32', 'fp16', 'bf16'))
    skipped = sum(b < a for a, b in zip([2.0**24, *scales], scales))
    assert 0 < skipped < 20  # until the scale fits
    assert (half[skipped:] - exact[: 25 - skipped]).abs().max() < 0.05
    assert (brain - exact).abs().max() < 0.2


def test_gradients_underflow_in_fp16_without_a_scale():
    model = small(replace(SMALL, n_layers=4))
    arriving = []
    for block in model.trf_blocks:
        block.register_forward_hook(
            lambda block, args, out: out.register_hook(lambda g: arriving.append(g.flatten())) and None
        )
    for p in model.parameters():
        p.data.mul_(0.1)
    model(x2, targets=y2)[0].div(2**19).backward()
    g = torch.cat(arriving).abs()
    g = g[g > 0]
    lost = lambda g: (g.half() == 0).float().mean()
    assert lost(g) > 0.01 and lost(g * 2**16) < 0.001


def test_an_unlikely_token_learns_in_fp16():
    torch.manual_seed(0)
    rare, f, y = nn.Linear(16, 2000, bias=False), torch.randn(1, 8, 16), torch.arange(8)[None]
    f[..., 0] = 1
    with torch.no_grad():
        rare.weight[100:, 0] -= 13  # 1,900 unlikely tokens
    rows = {}
    for precision in ('fp32', 'fp16'):
        rare.zero_grad()
        with autocast('cpu', precision):
            chunked_loss(f, rare, y)[0].backward()
        rows[precision] = rare.weight.grad[100:]
    p = rare(f).softmax(-1)[..., 100:].detach()
    error = ((rows['fp16'] - rows['fp32']).norm(dim=1) / rows['fp32'].norm(dim=1)).median().item()
    assert (p.half() == 0).float().mean() > 0.5 and error < 0.005
    same = torch.zeros_like(y)  # large features, always the same target: nothing overflows
    with autocast('cpu', 'fp16'):
        chunked_loss(400 * f.expand(60, -1, -1).contiguous(), rare, same.expand(60, -1))[0].backward()
    assert rare.weight.grad.isfinite().all()


class Again(torch.autograd.Function):
    "By hand: forward without a graph; backward builds it, uses it and drops it."

    @staticmethod
    def forward(ctx, x, f):
        ctx.f = f
        ctx.save_for_backward(x)
        return f(x)  # inside a Function nothing is saved

    @staticmethod
    def backward(ctx, upstream):
        x = ctx.saved_tensors[0].detach().requires_grad_()
        with torch.enable_grad():
            y = ctx.f(x)
        y.backward(upstream)  # the parameters' gradients arrive here
        return x.grad, None


def test_recomputation_by_hand_keeps_the_input_only():
    torch.manual_seed(0)
    block, z, seen = small(SMALL).trf_blocks[0], torch.randn(2, 20, 32, requires_grad=True), []
    for f in (block, lambda x: Again.apply(x, block)):
        block.zero_grad()
        z.grad = None
        kept = saved_bytes(lambda: f(z))
        f(z).square().sum().backward()
        seen.append([z.grad, *(p.grad for p in block.parameters())])
    assert kept == z.nbytes and all(map(torch.equal, *seen))


@pytest.mark.parametrize(
    'cfg',
    [SMALL, replace(SMALL, drop_rate=0.3), replace(SMALL_EXPERTS, drop_rate=0.3)],
    ids=['gpt', 'dropout', 'experts'],
)
def test_recomputation_gives_the_same_bits(cfg):
    def run(recompute):
        model = small(cfg, recompute=recompute)
        if recompute:
            checkpoint_blocks(model)  # a second time changes nothing
        torch.manual_seed(7)  # dropout
        losses = []
        for _ in range(2):
            loss, n = model(x2, targets=y2)
            loss.backward()
            losses.append(loss.detach())
        return [*losses, *(p.grad for p in model.parameters())], saved_bytes(lambda: model(x2, targets=y2))

    (plain, kept), (lean, kept_lean) = run(False), run(True)
    assert all(map(torch.equal, plain, lean)) and kept_lean < kept / 2


def test_recomputed_blocks_with_a_cache_and_a_list():
    model = small(SMALL, recompute=True)
    other = copy.deepcopy(model)
    for p in other.trf_blocks.parameters():
        p.data.zero_()  # a copy has blocks of its own
    past, balance = KVCache(2), []
    with torch.no_grad():
        full = model(x2)
        assert (torch.cat([model(part, cache=past) for part in x2.split(14, 1)], 1) - full).abs().max() < 1e-4
        assert (other(x2) - full).abs().max() > 0.1
    small(SMALL_EXPERTS, recompute=True).features(x2, balance=balance).sum().backward()
    assert len(balance) == 2  # one loss for each of two layers


def test_another_dropout_in_backward_is_silent_and_wrong():
    def run(keep):
        model = small(replace(SMALL, drop_rate=0.1))
        for block in model.trf_blocks:
            block.forward = partial(checkpoint, block.forward, use_reentrant=False, preserve_rng_state=keep)
        torch.manual_seed(7)
        return flat_gradient(model)

    (loss, right), (other_loss, other) = run(True), run(False)
    assert loss == other_loss and distance(other, right) > 0.05


def test_recomputation_costs_one_more_forward_pass_of_the_blocks():
    def flops(recompute):
        model = small(replace(SMALL, n_layers=8), recompute=recompute)
        with FlopCounterMode(display=False) as counter:
            flat_gradient(model)
        return counter.get_total_flops()

    assert (
        1.2 < flops(True) / flops(False) < 4 / 3
    )  # of 3 parts (1 forward, 2 backward) one more; not the head


def ledger_of_step(model, x, micro_batches=1, precision='fp32'):
    "The curve of the last of several micro-batches, weights and gradients included."
    for _ in range(micro_batches):
        grads = [p.grad for p in model.parameters() if p.grad is not None]
        with Ledger(x, *model.parameters(), *grads) as ledger:
            with autocast('cpu', precision):
                loss, n = model(x, targets=x)
            loss.backward()
            del loss
    return ledger.curve


def test_savings_lower_the_peak():
    cfg, x = replace(GPT, vocab_size=2048, emb_dim=32, n_layers=4), torch.randint(2048, (4, 64))
    peak = {(r, c): max(ledger_of_step(small(cfg, c, r), x)) for r in (False, True) for c in (0, 64)}
    assert peak[False, 64] < peak[False, 0] / 2 and peak[True, 64] < peak[False, 0] / 4


SHAPES = {
    'gpt': SMALL,
    'wider': replace(SMALL, emb_dim=40, n_heads=5),
    'qwen3': SMALL_QWEN,
    'qwen2.5': replace(SMALL_QWEN, qk_norm=False, qkv_bias=True, n_kv_groups=1),
    'experts': replace(SMALL_QWEN, n_experts=4, n_active=3, expert_dim=20),
}


@pytest.mark.parametrize('precision', ['fp32', 'bf16'])
@pytest.mark.parametrize('shape', SHAPES)
def test_bytes_of_a_block(shape, precision):
    "What one more layer saves per token, against the plan of its family."
    cfg, ids, kept = SHAPES[shape], torch.randint(256, (3, 16)), []
    for L in (2, 3):
        model = build_model(replace(cfg, n_layers=L))
        with autocast('cpu', precision):
            kept.append(saved_bytes(lambda: model(ids, targets=ids)))
    copies = 2 * sum(p.numel() for p in model.trf_blocks[2].parameters() if p.ndim > 1)  # counted apart
    measured = (kept[1] - kept[0] - (copies if precision == 'bf16' else 0)) / ids.numel()
    planned = family_of(cfg).block_bytes(cfg, 2, precision == 'bf16')
    assert abs(measured / planned - 1) < (1e-3 if shape == 'experts' else 1e-9)


def peak_against_plan(cfg, B, T, precision='fp32', recompute=False, chunked=True):
    torch.manual_seed(0)
    model = build_model(cfg)
    if chunked:
        model.head_loss = chunked_loss
    if recompute:
        checkpoint_blocks(model)
    peak = max(ledger_of_step(model, torch.randint(cfg.vocab_size, (B, T)), 2, precision))
    plan = memory_plan(cfg, B, T, precision=precision, checkpoint_activations=recompute, chunked=chunked)
    return (sum(plan.values()) - plan['optimizer']) / peak - 1


WAYS = [('fp32', r, c) for r in (False, True) for c in (False, True)] + [
    ('bf16', False, True),
    ('bf16', True, True),
]


@pytest.mark.parametrize('way', WAYS, ids=str)
@pytest.mark.parametrize('kind', ['gpt', 'qwen', 'experts'])
def test_the_plan_against_the_ledger(kind, way):
    cfg = replace(KINDS[kind], vocab_size=1031, n_layers=3)
    assert abs(peak_against_plan(cfg, 9, 64, *way)) < 0.05


@pytest.mark.parametrize('chunked', [True, False])
def test_the_plan_where_the_gradient_of_a_table_rules(chunked):
    cfg = replace(SMALL, vocab_size=9001, tie_embeddings=False)  # few tokens, many words
    assert abs(peak_against_plan(cfg, 1, 16, chunked=chunked)) < 0.05


@pytest.mark.parametrize('kind', KINDS)
def test_parts_of_the_plan(kind):
    model = small(KINDS[kind])
    for name in ('adamw', 'muon', 'lion'):
        opt = make_optimizer(model, SimpleNamespace(optimizer=name, **vars(OPTIMIZER)))
        plan = memory_plan(KINDS[kind], 2, 16, optimizer=name)
        assert plan['optimizer'] == sum(t.nbytes for s in opt.state.values() for t in s.values())
        assert plan['weights'] == sum(p.nbytes for p in model.parameters())
    plan = memory_plan(KINDS[kind], *x2.shape, chunked=False)
    kept = saved_bytes(lambda: model(x2, targets=y2))
    assert abs((plan['activations'] + plan['logits'] / 3) / kept - 1) < 0.01  # a third of the tower is saved


def test_plans_refuse_and_compare():
    with pytest.raises(ValueError, match="did you mean 'adamw'"):
        memory_plan(SMALL, 1, 8, optimizer='adam')
    with pytest.raises(ValueError, match='unknown precision'):
        memory_plan(SMALL, 1, 8, precision='fp8')
    with pytest.raises(AssertionError, match='0 rows of 8 tokens'):
        memory_plan(SMALL, 0, 8)
    cfg = replace(GPT_PRESETS['gpt2-124m'], drop_rate=0.0)
    total = lambda rows=8, **args: sum(
        memory_plan(cfg, rows, 1024, **({'precision': 'bf16'} | args)).values()
    )
    assert total(checkpoint_activations=True) < total() < total(chunked=False)
    assert total(chunked=False) < total(chunked=False, precision='fp32')
    assert total(optimizer='muon') < total() < total(16)
    cfg = QWEN_PRESETS['qwen3-8b']
    assert total(1) > total(1, precision='fp32')  # autocast's copies cost more than one row saves
    assert total(8) < total(8, precision='fp32')


def test_what_the_plan_leaves_out():
    "On a CPU attention with dropout, or with a table as mask, keeps T x T numbers."
    ids = torch.randint(256, (4, 64))
    kept = lambda cfg, **args: saved_bytes(lambda: build_model(cfg)(ids, targets=ids, **args))
    plain = kept(SMALL)
    assert kept(replace(SMALL, drop_rate=0.1)) > plain + 4 * 4 * 4 * 64 * 64
    assert kept(SMALL, **document_args(torch.zeros(4, 64, dtype=torch.long))) > plain + 4 * 64 * 64


def test_the_plan_is_too_high_where_recomputed_blocks_in_bf16_decide():
    "It counts autocast's copies of all weights beside a block that runs again; by then they are freed."
    cfg = replace(SMALL, emb_dim=128, n_layers=4)
    assert 0.02 < peak_against_plan(cfg, 8, 64, 'bf16', True) < 0.15
    assert abs(peak_against_plan(cfg, 8, 64, 'bf16', False)) < 0.05
