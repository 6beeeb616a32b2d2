"Attention: masks, the fused operation and FlexAttention against the formula, gradients, costs, modules."

import pytest
import torch
from torch import nn
from torch.nn import functional as F
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.nn.attention.flex_attention import create_block_mask
from torch.utils.flop_counter import FlopCounterMode

from llm_book.model.attention import MultiHeadAttention, attend, causal_mask


def by_formula(q, k, v, mask=None):
    "Averages (..., T, K) and weights (..., T, S)."
    mask = causal_mask(q.shape[-2], k.shape[-2]) if mask is None else mask
    weights = (q @ k.mT / q.shape[-1] ** 0.5).masked_fill(~mask, -torch.inf).softmax(-1)
    return weights @ v, weights


def close(a, b, eps=1e-5):
    return (a - b).abs().max() < eps


@pytest.fixture
def qkv():
    torch.manual_seed(0)
    return torch.randn(3, 2, 4, 6, 8)  # three times (B, H, T, K)


@pytest.mark.parametrize('T,S', [(1, 1), (4, 4), (1, 6), (3, 6)])
def test_the_last_query_is_aligned_with_the_last_key(T, S):
    assert causal_mask(T, S).tolist() == [[j <= i + S - T for j in range(S)] for i in range(T)]


def test_a_mask_without_enough_keys_is_refused():
    assert torch.equal(causal_mask(4), causal_mask(4, 4))
    with pytest.raises(AssertionError, match='5 queries need at least 5 keys, got 3'):
        causal_mask(5, 3)


@pytest.mark.parametrize('T', [6, 2, 1])
@pytest.mark.parametrize('shared', [1, 2])
def test_attend_is_the_formula(qkv, T, shared):
    q, k, v = qkv
    k, v = k[:, : 4 // shared], v[:, : 4 // shared]  # heads share keys and values
    each = (z.repeat_interleave(shared, 1) for z in (k, v))
    assert close(attend(q[:, :, -T:], k, v), by_formula(q[:, :, -T:], *each)[0])


def test_any_boolean_mask_and_no_other(qkv):
    q, k, v = qkv
    some = torch.rand(2, 1, 6, 6) < 0.5  # one for each row of the batch
    some |= torch.eye(6, dtype=torch.bool)
    assert close(attend(q, k, v, some), by_formula(q, k, v, some)[0])
    shared = k[:, :2].repeat_interleave(2, 1), v[:, :2].repeat_interleave(2, 1)
    assert close(attend(q, k[:, :2], v[:, :2], some), by_formula(q, *shared, some)[0])
    with pytest.raises(AssertionError, match='a mask is boolean'):
        attend(q, k, v, some.float())


def first_moved(f, n=6):
    "For each token that changes: the first output that moves."
    q, k, v = torch.randn(3, 1, 1, n, 8)
    for j in range(n):
        k2, v2 = k.clone(), v.clone()
        k2[..., j, :] += 1
        v2[..., j, :] += 1
        moved = (f(q, k, v) - f(q, k2, v2)).abs().amax((0, 1, 3)) > 1e-6
        yield int(moved.nonzero()[0])


def test_nothing_leaks_from_the_future_and_a_leak_is_seen():
    torch.manual_seed(0)
    everything = torch.ones(6, 6, dtype=torch.bool)
    assert list(first_moved(attend)) == [0, 1, 2, 3, 4, 5]
    assert list(first_moved(lambda q, k, v: attend(q, k, v, everything))) == [0] * 6


def test_a_token_without_keys_gets_zeros_and_a_large_negative_number_is_no_remedy(qkv):
    q, k, v = (z[:1, :1, :2] for z in qkv)
    mask = torch.tensor([[True, False], [False, False]])
    assert by_formula(q, k, v, mask)[0][0, 0, 1].isnan().all()
    assert attend(q, k, v, mask)[0, 0, 1].tolist() == [0.0] * 8
    low = torch.where(mask, 0.0, -1e9)
    in_fp32 = (q @ k.mT + low).softmax(-1)[0, 0, 1]
    assert close(in_fp32, torch.tensor([0.5, 0.5]))  # averages what is forbidden
    in_fp16 = (q @ k.mT).half() + low.half()
    assert in_fp16.softmax(-1)[0, 0, 1].isnan().all()  # -1e9 is -inf there


def test_the_flag_of_pytorch_is_aligned_at_the_first_key(qkv):
    q, k, v = qkv
    wrong = F.scaled_dot_product_attention(q[:, :, -1:], k, v, is_causal=True)
    assert torch.equal(wrong, v[:, :, :1])
    assert not close(wrong, attend(q[:, :, -1:], k, v), eps=0.1)


@pytest.mark.filterwarnings('ignore:flex_attention called without')
def test_a_rule_gives_what_its_mask_gives(qkv):
    q, k, v = qkv

    def rule(b, h, i, j):
        return (i >= j) & (i - j < 2)

    blocks = create_block_mask(rule, None, None, 6, 6, device='cpu')
    mask = rule(0, 0, torch.arange(6)[:, None], torch.arange(6))
    assert close(attend(q, k[:, :2], v[:, :2], blocks), attend(q, k[:, :2], v[:, :2], mask))  # shared keys
    with pytest.raises(AssertionError, match='drops no weights'):
        attend(q, k, v, blocks, 0.1)


def test_the_gradient_is_that_of_the_definition():
    torch.manual_seed(0)
    qkv = torch.randn(3, 1, 2, 4, 3, dtype=torch.float64, requires_grad=True)
    weigh = torch.randn(1, 2, 4, 3, dtype=torch.float64)

    def f(qkv):
        return (attend(*qkv) * weigh).sum()

    (by_autograd,) = torch.autograd.grad(f(qkv), qkv)
    by_definition, x, h = torch.zeros(qkv.numel(), dtype=torch.float64), qkv.detach(), 1e-5
    for i in range(x.numel()):
        nudge = torch.zeros_like(x)
        nudge.view(-1)[i] = h
        by_definition[i] = (f(x + nudge) - f(x - nudge)) / (2 * h)
    assert close(by_autograd.flatten(), by_definition, eps=1e-8) and by_autograd.abs().max() > 0.1
    largest = by_autograd[0].abs().amax((0, 1, 3))  # of each token's query
    assert (largest < 1e-12).tolist() == [True, False, False, False]  # the first has a single key


def cost(f, T, H=4, K=32):
    "FLOPs of the matrix products, and bytes that autograd keeps, each storage once."
    q, k, v = (torch.randn(1, H, T, K, requires_grad=True) for _ in 'qkv')
    kept = {}

    def pack(t):
        return kept.setdefault(t.untyped_storage().data_ptr(), t)

    with torch.autograd.graph.saved_tensors_hooks(pack, lambda t: t), FlopCounterMode(display=False) as count:
        f(q, k, v)
    return count.get_total_flops(), sum(t.untyped_storage().nbytes() for t in kept.values())


def test_flops_grow_with_the_square_and_the_memory_of_the_fused_operation_with_the_length():
    assert cost(by_formula, 128)[0] == 4 * 4 * 128 * 128 * 32
    short, long = cost(attend, 64)[1], cost(attend, 1024)[1]
    assert abs(long / short - 16) < 0.1
    assert cost(by_formula, 1024)[1] > 9 * long


def test_the_module_is_that_of_pytorch_with_its_weights():
    torch.manual_seed(0)
    x = torch.randn(2, 5, 12)
    theirs, ours = nn.MultiheadAttention(12, 3, batch_first=True), MultiHeadAttention(12, 3, qkv_bias=True)
    for p in theirs.parameters():
        nn.init.normal_(p)  # biases too: zeros would hide mistakes
    pairs = {
        'W_qkv.weight': theirs.in_proj_weight,
        'W_qkv.bias': theirs.in_proj_bias,
        'out_proj.weight': theirs.out_proj.weight,
        'out_proj.bias': theirs.out_proj.bias,
    }
    ours.load_state_dict(pairs)
    narrow = causal_mask(5) & ~causal_mask(5).tril(-2)  # itself and one back
    assert close(ours(x, narrow), theirs(x, x, x, attn_mask=~narrow)[0])
    y = theirs(x, x, x, attn_mask=~causal_mask(5), need_weights=False)[0]
    assert close(ours(x), y)
    y.square().sum().backward()
    ours(x).square().sum().backward()
    for name, p in ours.named_parameters():
        assert (p.grad - pairs[name].grad).norm() <= 1e-5 * pairs[name].grad.norm(), name


def test_the_module_is_a_list_of_heads():
    torch.manual_seed(0)
    x, layer = torch.randn(2, 5, 12), MultiHeadAttention(12, 3)
    W_q, W_k, W_v = (W.T.split(4, dim=1) for W in layer.W_qkv.weight.split(12))
    heads = [by_formula(x @ W_q[h], x @ W_k[h], x @ W_v[h])[0] for h in range(3)]
    assert close(layer(x), layer.out_proj(torch.cat(heads, -1)))
    assert not close(MultiHeadAttention(12, 3)(x), layer(x), eps=0.1)  # other random weights


def test_heads_divide_the_width_and_add_no_parameters():
    for H in (12, 24):
        module = MultiHeadAttention(768, H, qkv_bias=True)
        assert sum(p.numel() for p in module.parameters()) == 4 * 768**2 + 4 * 768
    with pytest.raises(AssertionError, match='emb_dim 768 does not split into 10 heads'):
        MultiHeadAttention(768, 10)


def test_dropout_keeps_the_expectation_and_is_off_in_evaluation():
    torch.manual_seed(0)
    x, drop = torch.randn(2, 5, 12), MultiHeadAttention(12, 3, drop_rate=0.5)
    with torch.no_grad():
        assert not close(drop(x), drop(x), eps=0.01)
        mean = torch.stack([drop(x) for _ in range(1000)]).mean(0)
        drop.eval()
        assert torch.equal(drop(x), drop(x))
        assert close(mean, drop(x), eps=0.15) and not close(mean, drop(x) * 0.5, eps=0.15)


class ListCache:
    "Keys and values of one layer, glued together."

    kv = None

    def update(self, layer, k, v):
        if self.kv:
            k, v = (torch.cat(pair, 2) for pair in zip(self.kv, (k, v)))
        self.kv = k, v
        return k, v


@pytest.mark.parametrize('pieces', [[1] * 8, [3, 1, 4], [8]])
def test_with_a_cache_text_may_come_in_pieces(pieces):
    torch.manual_seed(0)
    x, layer, cache = torch.randn(2, 8, 12), MultiHeadAttention(12, 3), ListCache()
    out = torch.cat([layer(part, cache=cache) for part in x.split(pieces, 1)], 1)
    assert close(out, layer(x), eps=1e-4) and cache.kv[0].shape[2] == 8


def test_a_cache_saves_work():
    layer, x, cache = MultiHeadAttention(256, 4), torch.randn(1, 64, 256), ListCache()

    def flops(f):
        with sdpa_kernel(SDPBackend.MATH), FlopCounterMode(display=False) as count:
            f()
        return count.get_total_flops()

    without = flops(lambda: [layer(x[:, :t]) for t in range(1, 65)])  # 1 + 2 + ... + 64 tokens
    assert without > 25 * flops(lambda: [layer(x[:, t : t + 1], cache=cache) for t in range(64)])


def test_rules_can_be_written_into_queries_and_keys():
    "Same byte; previous byte; the first byte of the character, which is not 10xxxxxx."

    def looks_at(q, k):
        return by_formula(20 * q, k, k)[1].argmax(-1).tolist()

    same = F.one_hot(torch.tensor(list(b'abca')), 256).float()
    assert (same @ same.T).argmax(1).tolist() == [0, 1, 2, 0]
    place = torch.eye(4)
    assert looks_at(place.roll(1, 0), place) == [0, 0, 1, 2]
    ids = torch.tensor(list('懒狗'.encode()))
    k = torch.stack([((ids & 0b11000000) != 0b10000000).float(), torch.arange(6) / 5], 1)
    assert looks_at(torch.ones_like(k), k) == [0, 0, 0, 3, 3, 3]
