"Less memory, the same numbers: hostile shapes, sharded and compiled models, and what the system itself says of the peak."

import copy
import json
import subprocess
import sys
from dataclasses import replace
from functools import partial

import pytest
import torch
from hypothesis import given, settings, strategies as st
from torch import nn
from torch.nn import functional as F

from llm_book.model.families import build_model
from llm_book.model.gpt import GPT_PRESETS, GPTConfig
from llm_book.train.memory import (
    ChunkedLoss,
    LossScale,
    autocast,
    checkpoint_blocks,
    chunked_loss,
    memory_plan,
    saved_bytes,
)
from llm_book.model.qwen import QWEN_PRESETS, QwenConfig

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
    "A block that runs again must not append its balancing loss again: the entry would keep all that it was made of."
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
