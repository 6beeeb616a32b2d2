"The parts of a training step for all inputs: any schedule, any shape of gradient, any model."

import copy
import math
from itertools import pairwise
from types import SimpleNamespace

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from llm_book.model.gpt import GPTConfig, GPTModel
from llm_book.train.optim import (
    OPTIMIZERS,
    SCHEDULES,
    AdamW,
    Muon,
    adamw_update,
    clip_grad_norm,
    lr_at,
    make_optimizer,
    parameter_kinds,
)
from llm_book.train.newton_schulz import newton_schulz, orthogonal
from llm_book.train.optimizer_state import named_state
from llm_book.model.qwen import QwenConfig, QwenModel
from torch import nn

quick = settings(max_examples=60, deadline=None)
shares = st.floats(0, 1)


@quick
@given(st.integers(0, 50), st.integers(-40, 100), st.sampled_from(list(SCHEDULES)), shares, shares)
def test_every_schedule_climbs_once_and_never_again(warmup, rest, name, decay_share, low):
    n = max(warmup + rest, 1)
    rates = [
        lr_at(i, n, 1.0, low, warmup, name, decay_share) for i in range(n + 5)
    ]  # also asked after its end
    up, down = rates[:warmup], rates[warmup:]
    assert all(0 < a < b for a, b in pairwise(up)) and all(r < 1 for r in up)
    assert all(a >= b - 1e-12 for a, b in pairwise(down)) and all(low - 1e-12 <= r <= 1 for r in down)
    if n > warmup:
        assert down[0] == 1
    descends = name in ('cosine', 'linear') or name == 'wsd' and decay_share * n >= 1
    if descends and n > warmup:
        assert math.isclose(lr_at(n, n, 1.0, low, warmup, name, decay_share), low, abs_tol=1e-9)


@quick
@given(st.integers(10, 300), st.integers(10, 300), st.integers(0, 9), shares)
def test_wsd_does_not_know_its_length_before_it_descends(n, longer, warmup, decay_share):
    for i in range(int(min(n, longer) * (1 - decay_share))):
        assert lr_at(i, n, 1.0, 0.0, warmup, 'wsd', decay_share) == lr_at(
            i, longer, 1.0, 0.0, warmup, 'wsd', decay_share
        )


@quick
@given(
    st.lists(st.lists(st.integers(0, 4), max_size=3), min_size=1, max_size=4),
    st.floats(0.01, 100),
    st.integers(0, 99),
)
def test_clipping_agrees_with_pytorch(shapes, max_norm, seed):
    gen = torch.Generator().manual_seed(seed)
    ours = [nn.Parameter(torch.zeros(s)) for s in shapes]
    for p in ours:
        p.grad = torch.randn(p.shape, generator=gen) * 10 ** (seed % 7 - 3)
    theirs = copy.deepcopy(ours)
    for p, q in zip(ours, theirs):
        q.grad = p.grad.clone()
    assert torch.allclose(
        clip_grad_norm(ours, max_norm), nn.utils.clip_grad_norm_(theirs, max_norm), rtol=1e-5
    )
    for p, q in zip(ours, theirs):
        assert torch.allclose(p.grad, q.grad, rtol=1e-5)


def test_defaults_are_those_of_the_docstrings():
    group = AdamW([nn.Parameter(torch.zeros(1))]).param_groups[0]
    wanted = dict(lr=1e-3, lr_scale=1.0, betas=(0.9, 0.95), eps=1e-8, weight_decay=0.0, step=0)
    assert {k: v for k, v in group.items() if k != 'params'} == wanted
    p, g, m, v = torch.zeros(4), 10 ** torch.linspace(-10, 0, 4), torch.zeros(4), torch.zeros(4)
    adamw_update(p, g, m, v, 1, lr=1.0)
    assert torch.allclose(p, -g / (g + 1e-8))  # eps 1e-8, no decay


@pytest.mark.parametrize('dtype', [torch.float32, torch.float64, torch.bfloat16])
def test_adamw_keeps_the_type_of_the_weights(dtype):
    w = nn.Parameter(torch.ones(3, dtype=dtype))
    opt = AdamW([w], 0.1)
    w.grad = torch.tensor([1.0, -1, 2], dtype=dtype)
    opt.step()
    assert w.dtype == opt.state[w]['exp_avg'].dtype == dtype
    assert torch.allclose(w, torch.tensor([0.9, 1.1, 0.9], dtype=dtype), rtol=1e-2)


@pytest.mark.parametrize('shape', [(3, 16, 64), (2, 64, 16), (1, 16, 16), (2, 16, 20), (1, 1, 5), (1, 5, 1)])
@pytest.mark.parametrize('dtype', [torch.float32, torch.bfloat16])
@pytest.mark.parametrize('rank', [1, 3, 16])
def test_newton_schulz_never_leaves_the_band_upwards(shape, dtype, rank):
    n, M, N = shape
    gen = torch.Generator().manual_seed(0)
    X = torch.randn(n, M, rank, generator=gen) @ torch.randn(n, rank, N, generator=gen) * 1e-3
    s = torch.linalg.svdvals(newton_schulz(X.to(dtype)).float())
    assert s.max() < 1.3 and s[:, : min(rank, M, N)].max() > 0.6


def test_bf16_is_the_rule_on_cuda_and_nowhere_else():
    u = [torch.randn(8, 32)]
    assert torch.equal(orthogonal(u)[0], orthogonal(u, dtype=torch.float32)[0])
    assert 0 < (orthogonal(u)[0] - orthogonal(u, dtype=torch.bfloat16)[0]).norm() < 0.1
    if torch.cuda.is_available():
        gpu = [u[0].cuda()]
        assert torch.equal(orthogonal(gpu)[0], orthogonal(gpu, dtype=torch.bfloat16)[0])


def config(optimizer):
    return SimpleNamespace(
        optimizer=optimizer,
        learning_rate=0.01,
        weight_decay=0.1,
        betas=(0.9, 0.95),
        muon_lr=0.02,
        muon_momentum=0.95,
    )


QWEN = dict(
    vocab_size=40,
    context_length=16,
    emb_dim=16,
    n_heads=2,
    n_kv_groups=1,
    head_dim=8,
    hidden_dim=32,
    n_layers=2,
)
MODELS = {
    'gpt': lambda: GPTModel(GPTConfig(40, 16, 16, 2, 2, drop_rate=0.0)),
    'qwen': lambda: QwenModel(QwenConfig(**QWEN)),
    'experts': lambda: QwenModel(QwenConfig(**QWEN, n_experts=4, n_active=2, expert_dim=8)),
}


@pytest.mark.parametrize('kind', MODELS)
@pytest.mark.parametrize('optimizer', OPTIMIZERS)
def test_every_weight_of_every_model_is_trained_once(kind, optimizer):
    torch.manual_seed(0)
    model = MODELS[kind]()
    opt = make_optimizer(model, config(optimizer))
    listed = [id(p) for g in opt.param_groups for p in g['params']]
    assert len(listed) == len(set(listed)) and set(listed) == {id(p) for p in model.parameters()}
    state = named_state(opt, model)
    moments = {n.rpartition('.')[2] for n in state}
    assert (
        moments
        == {
            'adamw': {'exp_avg', 'exp_avg_sq'},
            'muon': {'exp_avg', 'exp_avg_sq', 'momentum'},
            'lion': {'exp_avg'},
        }[optimizer]
    )
    before = {n: p.clone() for n, p in model.named_parameters()}
    x = torch.randint(40, (4, 16))
    model(x, targets=x)[0].backward()
    idle = {n for n, p in model.named_parameters() if p.grad is None or not p.grad.any()}
    opt.step()
    assert {n for n, p in model.named_parameters() if torch.equal(p, before[n])} <= idle
    kinds = parameter_kinds(model)
    assert all((kinds[n] == 'vector') == (p.ndim == 1) for n, p in model.named_parameters())


def mine(groups, config):
    return OPTIMIZERS['lion'](groups, config.learning_rate, config.betas)


def nothing(groups, config):
    return groups


class Counting(torch.optim.SGD):
    "Keeps in its groups what no checkpoint holds."

    def step(self):
        super().step()
        self.param_groups[0]['n'] = self.param_groups[0].get('n', 0) + 1


@pytest.mark.parametrize('name', ['test_optim:mine', 'torch.optim:RMSprop', 'torch.optim:NAdam'])
def test_from_outside_with_the_same_groups(name):
    model = MODELS['gpt']()
    opt, ours = (make_optimizer(model, config(n)) for n in (name, 'adamw'))
    for a, b in zip(opt.param_groups, ours.param_groups, strict=True):
        assert a['params'] == b['params'] and all(
            a[k] == b[k] for k in ('kind', 'weight_decay', 'lr_scale', 'lr')
        )
    before = [p.clone() for p in model.parameters()]
    state = named_state(opt, model)
    assert state and all(torch.is_tensor(t) for t in state.values())
    assert all(torch.equal(p, b) for p, b in zip(model.parameters(), before))


@pytest.mark.parametrize(
    'name,says',
    [
        ('test_optim:nothing', 'is not an optimizer: it makes a list'),
        ('test_optim:Counting', "keeps 'n' where no checkpoint looks"),
        ('test_optim:QWEN', "no class or function 'QWEN'"),
        ('torch.nn:Linear', 'cannot be made'),
        ('test_optim:', "no class or function ''"),
        ('.test_optim:mine', 'cannot be imported'),
        ('lionn', "did you mean 'lion'?"),
    ],
)
def test_what_is_no_optimizer(name, says):
    with pytest.raises(ValueError, match='.') as e:
        make_optimizer(MODELS['gpt'](), config(name))
    assert says in str(e.value) and '\n' not in str(e.value)


def test_muon_alone_follows_pytorch_for_many_shapes():
    for shape in ((4, 4), (2, 9), (9, 2), (1, 6), (16, 40)):
        torch.manual_seed(sum(shape))
        a = nn.Parameter(torch.randn(shape))
        b = nn.Parameter(a.detach().clone())
        start = a.detach().clone()
        ours = Muon([dict(params=[a], muon=True, dtype=torch.bfloat16)], lr=0.02, weight_decay=0.1)
        theirs = torch.optim.Muon([b], lr=0.02, weight_decay=0.1)
        for _ in range(10):
            a.grad = torch.randn(shape)
            b.grad = a.grad.clone()
            ours.step()
            theirs.step()
        assert (a - b).norm() / (b - start).norm() < 1e-3
