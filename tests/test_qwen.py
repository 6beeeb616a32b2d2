"Qwen: its parts against naive versions, and Hugging Face's Qwen2, Qwen3 and Qwen3-MoE with copied weights."

import math
from dataclasses import replace

import pytest
import torch
from torch import nn
from torch.nn import functional as F
from transformers import AutoConfig, AutoModelForCausalLM
from transformers.models.qwen3_moe.modeling_qwen3_moe import load_balancing_loss_func
from test_gpt import ListCache

from llm_book.core.exercises import CHINESE_SENTENCE, ENGLISH_SENTENCE
from llm_book.model import layers, qwen
from llm_book.model.attention import attend, causal_mask
from llm_book.model.experts import MixtureOfExperts, balance_loss
from llm_book.model.gpt import n_params
from llm_book.model.layers import GroupedQueryAttention, RMSNorm, SwiGLU, apply_rope, rope_cos_sin
from llm_book.model.qwen import QwenModel
from llm_book.model.qwen_config import QWEN_PRESETS, QwenConfig

TINY = QwenConfig(
    vocab_size=256,
    context_length=64,
    emb_dim=48,
    n_heads=4,
    n_kv_groups=2,
    head_dim=32,
    hidden_dim=96,
    n_layers=2,
    rope_base=1e4,
)
OLD = replace(TINY, qk_norm=False, qkv_bias=True, head_dim=12)  # Qwen2
MOE = replace(TINY, n_experts=8, n_active=2, expert_dim=24, balance_coef=0.0)
CASES = {
    'qwen2, tied': OLD,
    'qwen2, untied, one group': replace(OLD, tie_embeddings=False, n_kv_groups=1),
    'qwen2, window of 5': replace(OLD, sliding_window=5, sliding_layers=(1,)),
    'qwen3, tied, K not D/H': TINY,
    'qwen3, untied, no sharing': replace(TINY, tie_embeddings=False, n_kv_groups=4),
    'qwen3, window of 5': replace(TINY, sliding_window=5, sliding_layers=(0,), norm_eps=0.1),
    'experts': MOE,
    'experts, not rescaled': replace(MOE, norm_topk=False, tie_embeddings=False),
    'experts, first layer dense': replace(MOE, dense_layers=(0,)),
    'experts, window of 5': replace(MOE, sliding_window=5, sliding_layers=(0, 1)),
}
CONFIG_NAMES = {
    'vocab_size': 'vocab_size',
    'max_position_embeddings': 'context_length',
    'hidden_size': 'emb_dim',
    'num_attention_heads': 'n_heads',
    'num_key_value_heads': 'n_kv_groups',
    'head_dim': 'head_dim',
    'intermediate_size': 'hidden_dim',
    'num_hidden_layers': 'n_layers',
    'rms_norm_eps': 'norm_eps',
    'tie_word_embeddings': 'tie_embeddings',
    'sliding_window': 'sliding_window',
}
MOE_NAMES = {
    'num_experts': 'n_experts',
    'num_experts_per_tok': 'n_active',
    'norm_topk_prob': 'norm_topk',
    'moe_intermediate_size': 'expert_dim',
}
TENSOR_NAMES = {
    'model.embed_tokens': 'tok_emb',
    'model.norm': 'final_norm',
    'lm_head': 'out_head',
    'model.layers': 'trf_blocks',
    'input_layernorm': 'norm1',
    'post_attention_layernorm': 'norm2',
    'self_attn.o_proj': 'att.out_proj',
    'self_attn.q_proj': 'att.W_q',
    'self_attn.k_proj': 'att.W_k',
    'self_attn.v_proj': 'att.W_v',
    'self_attn.': 'att.',
    'mlp.gate.': 'ff.router.',
    'mlp.': 'ff.',
}


def gap(a, b):
    "The largest difference."
    return float((torch.as_tensor(a) - torch.as_tensor(b)).detach().abs().max())


def randomise(model, std=0.3):
    "All tensors random: ones and zeros would hide mistakes."
    for name, p in model.named_parameters():
        nn.init.normal_(p, mean=float('norm' in name), std=std)
    return model


def batch():
    "Inputs and targets (B, T) of both sentences as bytes, padded."
    rows = [torch.tensor(list(text.encode())) for text in (ENGLISH_SENTENCE, CHINESE_SENTENCE)]
    x = nn.utils.rnn.pad_sequence(rows, batch_first=True)
    y = nn.utils.rnn.pad_sequence([r[1:] for r in rows], batch_first=True, padding_value=-100)
    return x[:, :-1], y


X, Y = batch()


@pytest.fixture(autouse=True)
def seeded():
    torch.manual_seed(0)


# the parts, against naive versions


def rms_norm(x, weight, eps=1e-6):
    return x / (x.square().mean(-1, keepdim=True) + eps).sqrt() * weight


def test_rms_norm():
    x, ours, theirs = 5 * torch.randn(2, 7, 16), RMSNorm(16, 0.01), nn.RMSNorm(16, eps=1e-6)
    nn.init.normal_(ours.weight)
    theirs.weight = ours.weight
    assert gap(rms_norm(x, ours.weight), theirs(x)) < 1e-5
    assert gap(theirs(9 * x), theirs(x)) < 1e-4  # the size is gone
    assert gap(theirs(x + 7), theirs(x)) > 0.1  # the offset is not
    assert gap(ours(x / 100), rms_norm(x / 100, ours.weight, 0.01)) < 1e-5  # eps matters for small x
    assert gap(ours(x / 100), rms_norm(x / 100, ours.weight)) > 0.01
    wide = rms_norm(x.double(), ours.weight.double(), 0.01)
    assert gap(ours.double()(x.double()), wide) < 1e-12  # fp64 stays fp64


def test_rms_norm_rounds_in_its_order():
    x, ours = (5 * torch.randn(2, 7, 16)).bfloat16(), RMSNorm(16, 0.01).bfloat16()
    nn.init.normal_(ours.weight)
    by_steps = ours.weight * rms_norm(x.float(), 1.0, 0.01).bfloat16()
    assert torch.equal(ours(x), by_steps)  # to the last bit
    right = rms_norm(x.double(), ours.weight.double(), 0.01)
    errors = [
        float((y - right).detach().square().mean().sqrt()) for y in (by_steps, rms_norm(x, ours.weight, 0.01))
    ]
    assert errors[0] < errors[1]


def rotate_slowly(x, positions, base):  # (T, K): one head
    out, K = x.clone(), x.shape[-1]
    for t, position in enumerate(positions.tolist()):
        for i in range(K // 2):
            z = complex(x[t, i], x[t, i + K // 2]) * complex(
                math.cos(position * base ** (-2 * i / K)), math.sin(position * base ** (-2 * i / K))
            )
            out[t, i], out[t, i + K // 2] = z.real, z.imag
    return out


def rotate_interleaved(x, cos, sin):
    half = x.shape[-1] // 2
    cos, sin, a, b = cos[..., :half], sin[..., half:], x[..., ::2], x[..., 1::2]
    return torch.stack([a * cos - b * sin, b * cos + a * sin], -1).flatten(-2)


def test_rope_equals_the_slow_version_in_any_row():
    x, places = torch.randn(5, 8), torch.tensor([0, 1, 2, 50, 7])
    fast = apply_rope(x[None, :, None], *rope_cos_sin(places, 8, 100.0))  # (1, T, 1, K)
    slow = rotate_slowly(x, places, 100.0)
    assert gap(fast[0, :, 0], slow) < 1e-5
    assert torch.equal(slow[0], x[0])  # position 0: not rotated
    assert gap(slow.norm(dim=-1), x.norm(dim=-1)) < 1e-5  # lengths stay
    both = rope_cos_sin(torch.stack([places, places + 3]), 8, 100.0)  # positions of their own per row
    assert both[0].shape == (2, 5, 1, 8)
    second = apply_rope(x[None, :, None].expand(2, -1, -1, -1), *both)[1, :, 0]
    assert gap(second, rotate_slowly(x, places + 3, 100.0)) < 1e-5


def table(rotate, q, k, shift=0, T=20):
    cos_sin = rope_cos_sin(torch.arange(T) + shift, 64, 1e4)
    return rotate(q, *cos_sin)[0, :, 0] @ rotate(k, *cos_sin)[0, :, 0].T


def test_scores_see_differences_of_positions_only():
    q, k = torch.randn(2, 1, 20, 1, 64)
    assert gap(table(apply_rope, q, k), table(apply_rope, q, k, 1000)) < 5e-3
    assert gap(table(apply_rope, q, k), (q[0, :, 0] @ k[0, :, 0].T)) > 1


def test_two_layouts_of_pairs():
    q, k = torch.randn(2, 1, 20, 1, 64)
    order = torch.cat([torch.arange(0, 64, 2), torch.arange(1, 64, 2)])  # evens, then odds
    wrong, right = table(rotate_interleaved, q, k), table(apply_rope, q, k)
    assert gap(wrong, table(apply_rope, q[..., order], k[..., order])) < 1e-4
    assert gap(right, wrong) > 1 and gap(right.diag(), wrong.diag()) < 1e-4  # alike at distance 0


def test_positions_in_bf16_are_wrong():
    places = torch.arange(4096)
    exact = rope_cos_sin(places, 64, 1e4)[0]
    assert gap(rope_cos_sin(places.bfloat16(), 64, 1e4)[0], exact) > 1  # a cosine lies between -1 and 1
    by_hand = torch.tensor([math.cos(1001 * 1e4 ** (-i / 32)) for i in range(32)])
    assert gap(exact[1001, 0, :32], by_hand) < 1e-3


def test_equal_vectors_score_less_far_away_and_later_with_a_larger_base():
    distance, far = torch.arange(2000), []
    for base in (1e4, 1e6):
        pull = rope_cos_sin(distance, 64, base)[0].mean((-1, -2))
        assert float(pull[0]) == 1.0
        far.append(float(pull[1000:].mean()))
        assert far[-1] < pull[1:50].mean()
    assert far[0] < far[1]


def test_shared_keys():
    q, (k, v) = torch.randn(2, 6, 5, 8), torch.randn(2, 2, 2, 5, 8)  # 6 heads ask, 2 answer
    slow = attend(q, k.repeat_interleave(3, 1), v.repeat_interleave(3, 1))
    assert gap(attend(q, k, v), slow) < 1e-6
    assert gap(attend(q, k.repeat(1, 3, 1, 1), v.repeat(1, 3, 1, 1)), slow) > 0.5


def head_by_hand(att, x, h, H, G, K, base):  # x (T, D), head h -> (T, K)
    def one(W, norm, j):
        z = (x @ W.weight.T + (0 if W.bias is None else W.bias))[:, j * K : (j + 1) * K]
        return z if norm is None or isinstance(norm, nn.Identity) else rms_norm(z, norm.weight)

    g, places = h // (H // G), torch.arange(len(x))
    q = rotate_slowly(one(att.W_q, att.q_norm, h), places, base)
    k = rotate_slowly(one(att.W_k, att.k_norm, g), places, base)
    scores = (q @ k.T / K**0.5).masked_fill(~causal_mask(len(x)), float('-inf'))
    return scores.softmax(-1) @ one(att.W_v, None, g)


@pytest.mark.parametrize('cfg', [TINY, replace(TINY, n_kv_groups=1), OLD])
def test_attention_by_hand(cfg):
    x, att = torch.randn(1, 9, 48), randomise(GroupedQueryAttention(cfg))
    H, G, K = cfg.n_heads, cfg.n_kv_groups, cfg.head_dim
    with torch.no_grad():
        heads = [head_by_hand(att, x[0], h, H, G, K, 1e4) for h in range(H)]
    by_hand = torch.cat(heads, -1) @ att.out_proj.weight.T
    assert gap(att(x, rope_cos_sin(torch.arange(9), K, 1e4))[0], by_hand) < 1e-4


@pytest.mark.parametrize(
    'change,said',
    [({'n_kv_groups': 3}, '4 query heads do not split'), ({'head_dim': 31}, 'head_dim 31 is odd')],
)
def test_attention_refuses(change, said):
    with pytest.raises(AssertionError, match=said):
        GroupedQueryAttention(replace(TINY, **change))


def sharpness(qk_norm, factor):
    "The largest weight of each query, on average, when queries and keys are `factor` times as large."
    torch.manual_seed(0)
    att = GroupedQueryAttention(replace(TINY, qk_norm=qk_norm))
    cos_sin, x = rope_cos_sin(torch.arange(40), 32, 1e4), torch.randn(1, 40, 48)

    def first_head(W, norm):
        return apply_rope(norm(factor * W(x).view(1, 40, -1, 32)), *cos_sin)[0, :, 0]

    q, k = first_head(att.W_q, att.q_norm), first_head(att.W_k, att.k_norm)
    return float((q @ k.T / 32**0.5).softmax(-1).amax(-1).mean().detach())


def test_qk_norm_keeps_scores():
    assert abs(sharpness(True, 1) - sharpness(True, 10)) < 1e-3
    assert sharpness(False, 10) > 2 * sharpness(False, 1)


def test_swiglu():
    ff, x = SwiGLU(16, 24), torch.randn(2, 5, 16)
    z, up = x @ ff.gate.weight.T, x @ ff.up.weight.T
    assert gap(ff(x), (z / (1 + (-z).exp()) * up) @ ff.down.weight.T) < 1e-5
    assert gap((up / (1 + (-up).exp()) * z) @ ff.down.weight.T, ff(x)) > 0.01


@pytest.mark.parametrize('n', [1, 2, 8])
def test_balance_loss_equals_hugging_face(n):
    logits = (2 * torch.randn(50, 8)).requires_grad_()
    probs = logits.softmax(-1)
    ours, theirs = balance_loss(probs, probs.topk(n).indices), load_balancing_loss_func((logits,), 8, n)
    assert gap(ours, theirs) < 1e-5
    slope, wanted = (torch.autograd.grad(loss, logits)[0] for loss in (ours, theirs))
    assert gap(slope, wanted) < 1e-6
    assert (wanted.abs().max() > 1e-3) == (n < 8)  # all experts asked: nothing to balance


def experts_by_token(moe, x):  # x (N, D)
    out = []
    for token in x:
        p = (moe.router.weight @ token).softmax(0).tolist()
        best = sorted(range(len(p)), key=p.__getitem__)[-moe.n_active :]
        total = sum(p[e] for e in best) if moe.norm_topk else 1.0
        out.append(sum(p[e] / total * moe.experts[e](token) for e in best))
    return torch.stack(out)


@pytest.mark.parametrize(
    'change', [{}, {'norm_topk': False}, {'norm_topk': False, 'n_active': 1}, {'n_active': 8}]
)
def test_experts_equal_the_slow_version(change):
    x, moe = torch.randn(2, 9, 48), randomise(MixtureOfExperts(replace(MOE, **change)))
    assert gap(moe(x).flatten(0, 1), experts_by_token(moe, x.flatten(0, 1))) < 1e-3
    assert gap(moe.eval()(x[:1, :1])[0], experts_by_token(moe, x[0, :1])) < 1e-3


def test_idle_experts_take_part_in_training():
    x, moe = torch.randn(1, 1, 48), randomise(MixtureOfExperts(MOE))
    moe(x).sum().backward()
    assert sum(bool(e.down.weight.grad.any()) for e in moe.experts) == 2  # six: a gradient of zeros
    with pytest.raises(AssertionError, match='9 active experts of 8'):
        MixtureOfExperts(replace(MOE, n_active=9))


@pytest.mark.parametrize('norm_topk', [False, True])
def test_one_expert_rescaled_teaches_the_router_nothing(norm_topk):
    moe = randomise(MixtureOfExperts(replace(MOE, n_active=1, norm_topk=norm_topk)))
    moe(torch.randn(2, 9, 48)).square().mean().backward()
    assert (float(moe.router.weight.grad.norm()) < 1e-5) == norm_topk


# the whole model, against Hugging Face's


def their_config(cfg):
    "The Hugging Face config of the same shape."
    family = 'qwen3_moe' if cfg.n_experts else 'qwen3' if cfg.qk_norm else 'qwen2'
    names = CONFIG_NAMES | (MOE_NAMES if cfg.n_experts else {})
    same = {theirs: getattr(cfg, ours) for theirs, ours in names.items()}
    if cfg.n_experts:
        same['mlp_only_layers'] = list(cfg.dense_layers)
    else:
        kinds = 'full_attention', 'sliding_attention'
        same['layer_types'] = [kinds[layer in cfg.sliding_layers] for layer in range(cfg.n_layers)]
    return AutoConfig.for_model(
        family,
        use_sliding_window=bool(cfg.sliding_layers),
        pad_token_id=None,
        rope_parameters={'rope_type': 'default', 'rope_theta': cfg.rope_base},
        **same,
    )


def our_name(name):
    for theirs, ours in TENSOR_NAMES.items():
        name = name.replace(theirs, ours)
    return name.replace('_proj', '') if '.ff.' in name else name


def weights_from(theirs):
    "Weights (or gradients) of Hugging Face's model under our names; experts are stacked in two tensors."
    ours = {}
    for name, w in theirs.items():
        name = our_name(name)
        stack, _, kind = name.rpartition('.')
        if not stack.endswith('experts'):
            ours[name] = w
        elif kind == 'down':
            ours |= {f'{stack}.{e}.down.weight': each for e, each in enumerate(w)}
        else:
            for e, each in enumerate(w):
                ours[f'{stack}.{e}.gate.weight'], ours[f'{stack}.{e}.up.weight'] = each.chunk(2)
    return {'out_head.weight': ours['tok_emb.weight']} | ours


def duplicates(cfg):
    "Hugging Face's model with random tensors, and ours with the same."
    torch.manual_seed(3)
    theirs = AutoModelForCausalLM.from_config(their_config(cfg), attn_implementation='sdpa')
    theirs = randomise(theirs.eval(), 0.2)
    ours = QwenModel(cfg).eval()
    ours.load_state_dict(weights_from(theirs.state_dict()))  # strict: none missing, none left over
    return ours, theirs


def test_hugging_face_counts_the_same_parameters(monkeypatch):
    monkeypatch.setattr(nn.Linear, 'reset_parameters', lambda linear: None)
    published = [name for name in QWEN_PRESETS if name.startswith('qwen')]
    assert len(published) == 15
    with torch.device('meta'):
        for name in published:
            theirs = AutoModelForCausalLM.from_config(their_config(QWEN_PRESETS[name]))
            assert theirs.num_parameters() == n_params(QwenModel(QWEN_PRESETS[name])), name


@pytest.mark.parametrize('cfg', CASES.values(), ids=CASES)
def test_parity(cfg):
    ours, theirs = duplicates(cfg)
    cache, past = ListCache(2), None
    a, b = ours(X), theirs(X).logits
    assert gap(a, b) <= 1e-5 and b.std() > 1
    for part in X.split([20, 1, 1, 20], 1):  # prefill, two steps, a chunk
        answer = theirs(part, past_key_values=past, use_cache=True)
        past = answer.past_key_values
        assert gap(ours(part, cache=cache), answer.logits) <= 1e-5
    ours.train()(X, targets=Y)[0].backward()  # no dropout, no balancing loss
    F.cross_entropy(b.flatten(0, 1), Y.flatten(), reduction='sum').backward()
    wanted = weights_from({k: p.grad for k, p in theirs.named_parameters()})
    for name, p in ours.named_parameters():
        assert (p.grad - wanted[name]).norm() / wanted[name].norm() < 1e-5, name


@pytest.mark.parametrize('name', ['qwen2, tied', 'qwen3, window of 5', 'experts'])
def test_all_bits_are_equal_in_bf16(name):
    ours, theirs = duplicates(CASES[name])
    frequencies = theirs.model.rotary_emb.inv_freq.clone()
    ours.bfloat16()
    theirs.bfloat16()
    theirs.model.rotary_emb.inv_freq = frequencies  # a buffer; the cast has rounded it, too
    if CASES[name].n_experts:
        theirs.config._experts_implementation = 'eager'
    assert torch.equal(ours(X), theirs(X).logits)
    loss = F.cross_entropy(theirs(X).logits.flatten(0, 1).float(), Y.flatten(), reduction='sum')
    assert torch.equal(ours(X, targets=Y)[0], loss)  # the loss is summed in fp32


# would the comparison notice? ten mistakes, each made by patching one thing of the right model


def without_norm(block):
    block.att.q_norm = block.att.k_norm = nn.Identity()


def swapped_norms(block):
    block.att.q_norm, block.att.k_norm = block.att.k_norm, block.att.q_norm


def swapped_gate(block):
    block.ff.gate, block.ff.up = block.ff.up, block.ff.gate


def gelu(block):
    block.ff.forward = lambda z, f=block.ff: f.down(F.gelu(f.gate(z)) * f.up(z))


def other_group(block):
    for W in (block.att.W_k, block.att.W_v):
        W.weight.data = W.weight.data.roll(32, 0)


def no_scales(block):
    block.norm2.weight.data.fill_(1.0)


@pytest.fixture(scope='module')
def pair():
    ours, theirs = duplicates(replace(TINY, norm_eps=0.1, rope_base=100.0))
    with torch.no_grad():
        return ours, theirs(X).logits


def distance(pair, change=None, **patches):
    "How far the logits are from theirs when each block, or the config, is changed."
    ours, want = pair
    broken = QwenModel(replace(ours.cfg, **patches)).eval()
    broken.load_state_dict(ours.state_dict())
    with torch.no_grad():
        for block in broken.trf_blocks if change else ():
            change(block)
        return gap(broken(X), want)


CHANGES = without_norm, swapped_norms, swapped_gate, gelu, other_group, no_scales


@pytest.mark.parametrize('change', CHANGES)
def test_a_mistake_in_a_block_is_seen(pair, change):
    assert distance(pair) < 1e-4 and distance(pair, change) > 1e-3


@pytest.mark.parametrize('patch', [{'rope_base': 110.0}, {'norm_eps': 0.11}])
def test_a_mistake_in_the_config_is_seen(pair, patch):
    assert distance(pair, **patch) > 1e-3


def test_the_other_layout_is_seen(pair, monkeypatch):
    monkeypatch.setattr(layers, 'apply_rope', rotate_interleaved)
    assert distance(pair) > 1e-3


def test_rotation_the_other_way_is_seen(pair, monkeypatch):
    right = rope_cos_sin
    monkeypatch.setattr(qwen, 'rope_cos_sin', lambda positions, *rest: right(-positions, *rest))
    assert distance(pair) > 1e-3
