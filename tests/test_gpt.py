"GPT: its parts against PyTorch's, its surface, its start, its sizes, and GPT-2 with copied weights."

import math
import re
from dataclasses import FrozenInstanceError, replace

import pytest
import torch
from torch import nn
from torch.nn import functional as F
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.flop_counter import FlopCounterMode

from llm_book.core.exercises import CHINESE_SENTENCE, ENGLISH_SENTENCE
from llm_book.model.attention import MultiHeadAttention, causal_mask
from llm_book.model.gpt import (
    GPT_PRESETS,
    FeedForward,
    GPTConfig,
    GPTModel,
    TransformerBlock,
    check_ids,
    gpt_flops_per_token,
    head_loss,
    n_params,
)

TINY = GPTConfig(vocab_size=256, context_length=64, emb_dim=64, n_heads=4, n_layers=2, drop_rate=0.0)


def close(a, b, eps=1e-5):
    return (torch.as_tensor(a) - torch.as_tensor(b)).abs().max() < eps


def bytes_of(text):
    return torch.tensor(list(text.encode()))


def batch(shift=1):
    "Inputs and targets (B, T) of both sentences, padded; targets are the bytes `shift` places on."
    rows = [bytes_of(text) for text in (ENGLISH_SENTENCE, CHINESE_SENTENCE)]
    x = nn.utils.rnn.pad_sequence(rows, batch_first=True)
    y = nn.utils.rnn.pad_sequence([r[shift:] for r in rows], batch_first=True, padding_value=-100)
    return x[:, :-1], F.pad(y, (0, x.shape[1] - y.shape[1]), value=-100)[:, : x.shape[1] - 1]


def stable_loss(logits, targets):
    "log sum exp(x) = m + log sum exp(x - m)"
    m = logits.max(-1, keepdim=True).values
    log_sum = m[:, 0] + (logits - m).exp().sum(-1).log()
    return log_sum - logits[range(len(targets)), targets]


@pytest.fixture
def model():
    torch.manual_seed(0)
    return GPTModel(TINY)


def test_a_config_is_frozen():
    assert replace(TINY, n_layers=3).n_layers == 3 and TINY.n_layers == 2
    with pytest.raises(FrozenInstanceError, match='n_layers'):
        TINY.n_layers = 3


def test_an_embedding_is_a_one_hot_product_and_positions_tell_the_order_to_one_layer():
    torch.manual_seed(0)
    table, place, att = nn.Embedding(256, 16), nn.Embedding(64, 16), MultiHeadAttention(16, 2)
    ids = bytes_of(ENGLISH_SENTENCE)
    assert close(table(ids), F.one_hot(ids, 256).float() @ table.weight, 1e-6)
    shuffled = torch.cat([ids[torch.randperm(len(ids) - 1)], ids[-1:]])

    def moved(positions):
        a, b = (att((table(z) + positions)[None])[0, -1] for z in (ids, shuffled))
        return (a - b).abs().max()

    assert moved(0) < 1e-5 < 0.01 < moved(place.weight[:43])


def test_stacked_layers_see_the_order_without_positions():
    nowhere, order = torch.zeros(1, 43, dtype=torch.long), [*torch.randperm(42).tolist(), 42]
    ids = bytes_of(ENGLISH_SENTENCE)[None]
    for L in (1, 2, 4):
        torch.manual_seed(0)
        m = GPTModel(replace(TINY, n_layers=L))
        for p in m.parameters():
            p.data += 0.2 * torch.randn_like(p)
        moved = (m(ids, positions=nowhere) - m(ids[:, order], positions=nowhere))[0, -1].abs().max()
        assert (moved < 1e-4) if L == 1 else (moved > 0.05), L


def test_layer_norm_divides_by_all_numbers():
    norm, x = nn.LayerNorm(16), torch.randn(2, 5, 16)
    nn.init.normal_(norm.weight)
    nn.init.normal_(norm.bias)

    def by_hand(unbiased):
        var = x.var(-1, keepdim=True, unbiased=unbiased)
        return (x - x.mean(-1, keepdim=True)) / (var + 1e-5).sqrt() * norm.weight + norm.bias

    assert close(by_hand(False), norm(x))
    assert close(norm(100 * x + 7), norm(x), 1e-2)  # size and offset are gone
    assert not close(by_hand(True), norm(x), 1e-2)


def test_the_feed_forward_network_uses_the_tanh_form_at_each_position_alone():
    x = torch.linspace(-5, 5, 1001)
    by_tanh = x * 0.5 * (1 + torch.tanh((2 / math.pi) ** 0.5 * (x + 0.044715 * x**3)))
    assert close(x * 0.5 * (1 + torch.erf(x / 2**0.5)), F.gelu(x), 1e-6)
    assert close(by_tanh, F.gelu(x, approximate='tanh'), 1e-6) and not close(by_tanh, F.gelu(x), 1e-4)
    ff, x = FeedForward(16), torch.randn(2, 5, 16)
    hidden = F.gelu(x @ ff.fc_in.weight.T + ff.fc_in.bias, approximate='tanh')
    assert close(ff(x), hidden @ ff.fc_out.weight.T + ff.fc_out.bias)
    assert close(ff(x)[:, 3], ff(x[:, 3:4])[:, 0], 1e-6)


def test_a_block_is_pytorchs_encoder_layer_gradients_included():
    torch.manual_seed(1)
    tanh = nn.GELU('tanh')
    theirs = nn.TransformerEncoderLayer(
        64, 4, 256, dropout=0.0, activation=tanh, norm_first=True, batch_first=True
    )
    for p in theirs.parameters():
        nn.init.normal_(p, std=0.3)
    renamed = {'self_attn.in_proj_': 'att.W_qkv.', 'self_attn.out_proj.': 'att.out_proj.'}
    renamed |= {'linear1.': 'ff.fc_in.', 'linear2.': 'ff.fc_out.', 'norm': 'norm'}

    def ours(name):
        return next(name.replace(a, b) for a, b in renamed.items() if name.startswith(a))

    block = TransformerBlock(TINY)
    block.load_state_dict({ours(name): w for name, w in theirs.state_dict().items()})
    x = torch.randn(2, 9, 64)
    a, b = block(x), theirs(x, src_mask=~causal_mask(9))
    assert (a - b).norm() < 1e-5 * b.norm()
    (a**2).mean().backward()
    (b**2).mean().backward()
    for name, p in theirs.named_parameters():
        assert (block.get_parameter(ours(name)).grad - p.grad).norm() < 1e-4 * p.grad.norm(), name


def through(blocks, kind, x):
    "The blocks with the additions before the norms, after them, or left out."
    for b in blocks:
        if kind == 'pre-norm':
            x = b(x)
        elif kind == 'post-norm':
            x = b.norm1(x + b.att(x))
            x = b.norm2(x + b.ff(x))
        else:
            x = b.ff(b.norm2(b.att(b.norm1(x))))
    return x


@pytest.mark.parametrize('kind', ['pre-norm', 'post-norm', 'no addition'])
def test_additions_keep_gradients_and_differences(kind):
    torch.manual_seed(0)
    blocks = [TransformerBlock(TINY) for _ in range(24)]
    for p in (p for b in blocks for p in b.parameters() if p.dim() > 1):
        nn.init.normal_(p, std=0.02)
    x = F.layer_norm(through(blocks, kind, torch.randn(4, 32, 64)), (64,))
    (x * torch.randn(4, 32, 64)).sum().backward()
    gradient = [float(b.ff.fc_out.weight.grad.norm()) for b in blocks]
    if kind == 'no addition':
        assert gradient[0] < 1e-9 * gradient[-1] and x.std(1).mean() < 1e-4  # all positions alike
    else:
        assert max(gradient) < 3 * min(gradient) and x.std(1).mean() > 0.1


def test_the_loss_in_one_piece_is_finite():
    logits, targets = torch.randn(6, 256), torch.randint(256, (6,))
    wanted = F.cross_entropy(logits, targets, reduction='none')
    naive = -logits.softmax(-1)[range(6), targets].log()
    assert close(naive, wanted) and close(stable_loss(logits, targets), wanted)
    assert close(stable_loss(torch.zeros(1, 256), [7]), math.log(256))
    sure = torch.tensor([[0.0, 200.0]])
    assert (-sure.softmax(-1)[0, 0].log()).isinf() and stable_loss(sure, [0]) == 200


def test_the_head_loss_is_a_sum_over_what_is_not_ignored_in_fp32():
    head, seen = nn.Linear(8, 256, bias=False), torch.randn(2, 3, 8)
    targets = torch.randint(256, (2, 3)).index_put(
        (torch.tensor([0, 1]), torch.tensor([1, 1])), torch.tensor(-100)
    )
    kept = targets != -100
    total, n = head_loss(seen, head, targets)
    assert close(total, stable_loss(head(seen)[kept], targets[kept]).sum(), 1e-4) and n == 4
    assert close(
        total / n, F.cross_entropy(head(seen).flatten(0, 1), targets.flatten())
    )  # as their mean counts
    assert head_loss(seen.bfloat16(), head.bfloat16(), targets)[0].dtype == torch.float32


def test_ids_without_a_row_are_refused():
    check_ids(torch.tensor([[0, 255]]), 256, 'token id')
    with pytest.raises(AssertionError, match=r'token id 256 lies outside 0 \.\. 255'):
        check_ids(torch.tensor([[3, 256]]), 256, 'token id')
    with pytest.raises(AssertionError, match='token id -1'):
        check_ids(torch.tensor([[-1, 3]]), 256, 'token id')


def test_the_first_loss_is_ln_v_and_a_loud_table_is_not(model):
    x, y = batch()
    total, n = model(x, targets=y)
    assert n == len(ENGLISH_SENTENCE.encode()) + len(CHINESE_SENTENCE.encode()) - 2
    assert abs(total / n - math.log(256)) < 0.1
    assert close(total, stable_loss(model(x)[y != -100], y[y != -100]).sum(), 1e-2)
    assert close(model.tok_emb.weight.std(), 0.02, 1e-3)
    assert close(model.trf_blocks[0].ff.fc_out.weight.std(), 0.02 / 4**0.5, 1e-3)  # 2 layers, 4 additions
    nn.init.normal_(model.tok_emb.weight)
    assert model(x, targets=y)[0] / n > 20


def test_the_gradient_is_that_of_the_definition(model):
    x, y = batch()
    twin = model.double()
    direction = {k: torch.randn_like(p) for k, p in twin.named_parameters()}

    def along(h):
        moved = {k: p + h * direction[k] for k, p in twin.named_parameters()}
        logits = torch.func.functional_call(twin, moved, x)  # the loss in fp64, too
        return F.cross_entropy(logits.flatten(0, 1), y.flatten(), reduction='sum')

    along(0.0).backward()
    slope = sum((p.grad * direction[k]).sum() for k, p in twin.named_parameters())
    assert abs(slope - (along(1e-5) - along(-1e-5)) / 2e-5) < 1e-4 * slope.abs()


class ListCache:
    "Keys and values, concatenated."

    def __init__(self, n_layers):
        self.kv = [None] * n_layers

    @property
    def length(self):
        return 0 if self.kv[-1] is None else self.kv[-1][0].shape[2]

    def update(self, layer, k, v):
        if self.kv[layer]:
            k, v = (torch.cat(z, 2) for z in zip(self.kv[layer], (k, v)))
        self.kv[layer] = (k, v)
        return k, v


def test_nothing_leaks_a_cache_changes_nothing_and_padding_on_the_right_does_not_matter(model):
    x, _ = batch()
    full = model(x)
    for j in (0, 5, 41):
        moved = (model(x.index_fill(1, torch.tensor([j]), 7)) - full).abs().amax((0, 2)) > 1e-6
        assert moved.nonzero()[0].item() == j
    cache = ListCache(2)
    assert close(torch.cat([model(part, cache=cache) for part in x.split([1, 20, 21], 1)], 1), full)
    assert cache.length == 42
    assert close(model(x[1:, :29]), full[1:, :29])  # Chinese alone, without padding
    with pytest.raises(AssertionError, match='72 tokens do not fit'):
        model(torch.zeros(1, 30, dtype=torch.long), cache=cache)


def test_packed_texts_do_not_see_each_other(model):
    x, _ = batch()
    full = model(x)
    row, pieces = torch.cat([x[0, :20], x[1, :15]])[None], (20, 15)
    document = torch.repeat_interleave(torch.arange(2), torch.tensor(pieces))
    positions = torch.cat([torch.arange(n) for n in pieces])[None]
    mask = (document[:, None] == document) & causal_mask(35)
    packed = model(row, positions=positions, mask=mask)[0]
    assert close(packed, torch.cat([full[0, :20], full[1, :15]]))


def test_dropout_leaves_a_quarter_of_the_stream_alone():
    wet, z = TransformerBlock(replace(TINY, drop_rate=0.5)), torch.randn(8, 40, 64)
    assert close((wet(z) == z).float().mean(), 0.25, 0.02)  # two additions, each dropped half of the time
    assert (wet.eval()(z) == z).float().mean() < 0.01


def test_bad_input_gets_a_sentence_with_numbers(model):
    with pytest.raises(AssertionError, match='emb_dim 66 does not split into 4 heads'):
        GPTModel(replace(TINY, emb_dim=66))
    with pytest.raises(AssertionError, match=r'token id 256 lies outside 0 \.\. 255'):
        model(torch.tensor([[65, 256]]))
    with pytest.raises(AssertionError, match='65 tokens do not fit into a context of 64'):
        model(torch.zeros(1, 65, dtype=torch.long))


def test_a_tied_table_gets_both_gradients(model):
    x, y = batch()
    untied = GPTModel(replace(TINY, tie_embeddings=False))
    untied.load_state_dict(model.state_dict())  # both names are in the state dict
    assert (
        model.out_head.weight is model.tok_emb.weight and untied.out_head.weight is not untied.tok_emb.weight
    )
    for m in (model, untied):
        m(x, targets=y)[0].backward()
    assert close(model.tok_emb.weight.grad, untied.tok_emb.weight.grad + untied.out_head.weight.grad, 1e-3)


def stream_at_the_end(L, divided):
    torch.manual_seed(0)
    deep, out = GPTModel(replace(TINY, n_layers=L)), []
    if not divided:
        for b in deep.trf_blocks:
            for m in (b.att.out_proj, b.ff.fc_out):
                m.weight.data *= (2 * L) ** 0.5
    deep.final_norm.register_forward_pre_hook(lambda module, args: out.append(args[0].std().item()))
    deep(batch()[0])
    return out[0]


def test_smaller_projections_keep_the_size_of_the_stream_at_every_depth():
    assert stream_at_the_end(48, True) < 2 * stream_at_the_end(6, True)
    assert stream_at_the_end(48, False) > 2 * stream_at_the_end(6, False)


def parts(cfg):
    "Parameters by part, by formula."
    V, C, D, L = cfg.vocab_size, cfg.context_length, cfg.emb_dim, cfg.n_layers
    return {
        'tokens': V * D,
        'positions': C * D,
        'feed-forward': L * (8 * D * D + 5 * D),
        'attention': L * (4 * D * D + (4 if cfg.qkv_bias else 1) * D),
        'norms': (4 * L + 2) * D,
        'head': 0 if cfg.tie_embeddings else V * D,
    }


def test_the_sizes_are_the_published_ones():
    published = {'gpt2-124m': 124_439_808, 'gpt2-355m': 354_823_168}
    published |= {'gpt2-774m': 774_030_080, 'gpt2-1558m': 1_557_611_200}
    with torch.device('meta'):
        assert {name: n_params(GPTModel(GPT_PRESETS[name])) for name in published} == published
    for name, cfg in GPT_PRESETS.items():  # each name tells its millions
        assert re.search(r'(\d+)m', name.lower())[1] == f'{sum(parts(cfg).values()) / 1e6:.0f}'
        assert max(parts(cfg), key=parts(cfg).get) == 'feed-forward' and cfg.emb_dim == 64 * cfg.n_heads
    for cfg in (
        *(GPT_PRESETS[name] for name in published),
        replace(TINY, tie_embeddings=False, qkv_bias=False),
    ):
        with torch.device('meta'):
            assert sum(parts(cfg).values()) == n_params(GPTModel(cfg))


def test_the_work_is_what_pytorch_counts(model):
    x, y = batch()
    with sdpa_kernel(SDPBackend.MATH), FlopCounterMode(display=False) as count:
        model(x, targets=y)[0].backward()
    assert count.get_total_flops() == gpt_flops_per_token(TINY, 42) * x.numel()


def learned(shift, steps=120):
    torch.manual_seed(0)
    model, (x, y), losses = GPTModel(TINY), batch(shift), []
    optimizer = torch.optim.Adam(model.parameters(), lr=3e-3)
    for _ in range(steps):
        total, n = model(x, targets=y)
        optimizer.zero_grad()
        (total / n).backward()
        optimizer.step()
        losses.append((total / n).item())
    return model, losses


@torch.no_grad()
def greedy(model, text, n):
    ids = bytes_of(text)[None]
    for _ in range(n):
        ids = torch.cat([ids, model(ids)[:, -1:].argmax(-1)], 1)
    return bytes(ids[0].tolist()).decode(errors='replace')


@pytest.mark.parametrize('shift', [1, 0, 2])
def test_every_loss_falls_and_only_right_targets_write(shift):
    model, losses = learned(shift)
    assert losses[-1] < 0.2
    if shift:
        assert abs(losses[0] - math.log(256)) < 0.1
    else:
        assert losses[0] < math.log(256) - 0.3  # a tied head recognises its own input
    right = greedy(model, 'The lazy', 35) == ENGLISH_SENTENCE, greedy(model, '懒狗', 24) == CHINESE_SENTENCE
    assert right == ((shift == 1),) * 2


def weights_from(theirs):
    "The weights (or gradients) of a Hugging Face GPT-2 under our names."
    renamed = 'wte tok_emb wpe pos_emb ln_f final_norm h. trf_blocks. ln_ norm attn.c_attn att.W_qkv'.split()
    renamed += 'attn.c_proj att.out_proj mlp.c_fc ff.fc_in mlp.c_proj ff.fc_out'.split()
    ours = {'out_head.weight': theirs['wte.weight']}
    for name, w in theirs.items():
        for a, b in zip(renamed[::2], renamed[1::2]):
            name = name.replace(a, b)
        ours[name] = w if '_emb' in name else w.t()
    return ours


@pytest.fixture
def both():
    transformers = pytest.importorskip('transformers')
    torch.manual_seed(3)
    sizes = dict(
        vocab_size=256, n_positions=64, n_embd=64, n_head=4, n_layer=2, bos_token_id=0, eos_token_id=0
    )
    theirs = transformers.GPT2LMHeadModel(transformers.GPT2Config(**sizes)).eval()
    for name, p in theirs.named_parameters():
        nn.init.normal_(p, mean=1.0 if 'ln_' in name and 'weight' in name else 0.0, std=0.2)
    ours = GPTModel(TINY).eval()
    ours.load_state_dict(weights_from(theirs.transformer.state_dict()))
    return ours, theirs


def test_it_is_gpt2_gradients_included(both):
    ours, theirs = both
    x, y = batch()
    a, b = ours(x), theirs(x).logits
    assert close(a, b, 1e-4) and b.abs().max() > 1
    ours(x, targets=y)[0].backward()
    F.cross_entropy(b.flatten(0, 1), y.flatten(), reduction='sum').backward()
    wanted = weights_from({k: p.grad for k, p in theirs.transformer.named_parameters()})
    for k, p in ours.named_parameters():
        assert (p.grad - wanted[k]).norm() < 1e-4 * wanted[k].norm(), k


@pytest.mark.parametrize('mistake', ['erf', 'square', 'positions'])
def test_the_comparison_sees_mistakes(both, mistake):
    ours, theirs = both
    x, _ = batch()
    if mistake == 'positions':
        ours.pos_emb.weight.data = ours.pos_emb.weight.data.roll(-1, 0)
    for b in ours.trf_blocks:
        if mistake == 'erf':
            b.ff.forward = lambda z, ff=b.ff: ff.fc_out(F.gelu(ff.fc_in(z)))
        elif mistake == 'square':
            b.att.out_proj.weight.data = b.att.out_proj.weight.data.T
    with torch.no_grad():
        assert not close(ours(x), theirs(x).logits, 1e-4)
