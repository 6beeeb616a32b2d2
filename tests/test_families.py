"A family from outside, OLMo, works as the library's own or is refused by name; no code branches on one."

import ast
import json
import sys
from dataclasses import dataclass, replace
from typing import ClassVar

import pytest
import torch
import yaml
from conftest import ROOT
from torch import nn
from torch.nn import functional as F
from transformers import AutoModelForCausalLM, OlmoConfig as HFConfig

from llm_book.infer.decoding import generate
from llm_book.model import families
from llm_book.model.attention import attend
from llm_book.model.families import FAMILIES, build_model, config_from_dict, config_to_dict, register
from llm_book.model.family import Family, rope_settings, read_sizes
from llm_book.model.gpt import head_loss
from llm_book.model.hub import from_pretrained, save_pretrained
from llm_book.model.llama import llama_rope_cos_sin
from llm_book.model.layers import SwiGLU, apply_rope
from llm_book.pretrain import build_pretraining, pretrain_settings, export_model
from llm_book.train.setup import row_length
from llm_book.train.memory import autocast, memory_plan, saved_bytes
from llm_book.train.sizing import training_plan
from llm_book.tune.lora import add_lora, lora_layers, save_adapter
from llm_book.tune.peft_files import load_adapter

sys.path.insert(0, str(ROOT / 'tools'))
from contents import modules  # noqa: E402


@dataclass(frozen=True)
class OlmoConfig:
    family: ClassVar[str] = 'olmo'
    qkv_bias: ClassVar[bool] = False
    vocab_size: int = 130
    context_length: int = 64
    emb_dim: int = 48
    n_heads: int = 4
    n_layers: int = 2
    hidden_dim: int = 72
    drop_rate: float = 0.0
    rope_base: float = 1e4
    tie_embeddings: bool = False


class OlmoBlock(nn.Module):
    def __init__(self, cfg):
        super().__init__()
        D, self.n_heads = cfg.emb_dim, cfg.n_heads
        self.norm = nn.LayerNorm(D, elementwise_affine=False)
        self.W_qkv, self.out_proj = nn.Linear(D, 3 * D, bias=False), nn.Linear(D, D, bias=False)
        self.ff = SwiGLU(D, cfg.hidden_dim)

    def forward(self, x, rope, mask=None, cache=None, layer=0):
        B, T, D = x.shape
        q, k, v = (z.view(B, T, self.n_heads, -1) for z in self.W_qkv(self.norm(x)).split(D, -1))
        q, k, v = (
            apply_rope(q, *rope).transpose(1, 2),
            apply_rope(k, *rope).transpose(1, 2),
            v.transpose(1, 2),
        )
        if cache is not None:
            k, v = cache.update(layer, k, v)
        x = x + self.out_proj(attend(q, k, v, mask).transpose(1, 2).reshape(B, T, D))
        return x + self.ff(self.norm(x))


class OlmoModel(nn.Module):
    head_loss = staticmethod(head_loss)

    def __init__(self, cfg):
        super().__init__()
        self.cfg, self.tok_emb = cfg, nn.Embedding(cfg.vocab_size, cfg.emb_dim)
        self.trf_blocks = nn.ModuleList(OlmoBlock(cfg) for _ in range(cfg.n_layers))
        self.final_norm = nn.LayerNorm(cfg.emb_dim, elementwise_affine=False)
        self.out_head = nn.Linear(cfg.emb_dim, cfg.vocab_size, bias=False)
        if cfg.tie_embeddings:
            self.out_head.weight = self.tok_emb.weight
        for p in self.parameters():
            nn.init.normal_(p, std=0.02)

    def forward(self, tokens, *, targets=None, positions=None, mask=None, cache=None):
        past, K = cache.length if cache is not None else 0, self.cfg.emb_dim // self.cfg.n_heads
        if positions is None:
            positions = torch.arange(past, past + tokens.shape[1], device=tokens.device)
        speed = 1 / self.cfg.rope_base ** (torch.arange(0, K, 2).float() / K)
        x, rope = self.tok_emb(tokens), llama_rope_cos_sin(positions, speed.to(tokens.device))
        for layer, block in enumerate(self.trf_blocks):
            x = block(x, rope, mask, cache, layer)
        x = self.final_norm(x)
        return self.out_head(x) if targets is None else self.head_loss(x, self.out_head, targets)


SIZES = {
    'vocab_size': 'vocab_size',
    'context_length': 'max_position_embeddings',
    'emb_dim': 'hidden_size',
    'n_heads': 'num_attention_heads',
    'n_layers': 'num_hidden_layers',
    'hidden_dim': 'intermediate_size',
}


def olmo_config(hf):
    if hf.get('num_key_value_heads') not in (None, hf['num_attention_heads']):
        raise ValueError('num_key_value_heads: our olmo shares no keys')
    return OlmoConfig(
        **read_sizes(hf, SIZES),
        rope_base=rope_settings(hf, 'default')['rope_theta'],
        tie_embeddings=hf.get('tie_word_embeddings', False),
    )


def olmo_hf_config(cfg):
    return {
        'model_type': 'olmo',
        'architectures': ['OlmoForCausalLM'],
        **{theirs: getattr(cfg, ours) for ours, theirs in SIZES.items()},
        'num_key_value_heads': cfg.n_heads,
        'hidden_act': 'silu',
        'rope_parameters': {'rope_type': 'default', 'rope_theta': cfg.rope_base},
        'tie_word_embeddings': cfg.tie_embeddings,
        'bos_token_id': None,
        'eos_token_id': None,
        'pad_token_id': None,
    }


def block_bytes(cfg, layer, half):
    D, H, F, h = cfg.emb_dim, cfg.n_heads, cfg.hidden_dim, 2 if half else 4
    return (
        4 * (2 * D + 4 + H) + h * (D + 3 * D + 2 * D + D) + h * ((2 if half else 1) * D + 4 * F)
    )  # v holds on to W_qkv's whole output


OLMO = Family(
    name='olmo',
    config=OlmoConfig,
    model=OlmoModel,
    presets={'olmo-tiny': OlmoConfig()},
    hf_settings={'olmo': {'hidden_act': ('silu',), 'attention_bias': (False,), 'clip_qkv': ()}},
    from_hf=olmo_config,
    to_hf=olmo_hf_config,
    tensor_names={
        'tok_emb': 'model.embed_tokens',
        'out_head': 'lm_head',
        **{
            f'trf_blocks.*.{a}': b
            for a, b in {
                'W_qkv': tuple(f'model.layers.*.self_attn.{x}_proj' for x in 'qkv'),
                'out_proj': 'model.layers.*.self_attn.o_proj',
                **{f'ff.{w}': f'model.layers.*.mlp.{w}_proj' for w in ('gate', 'up', 'down')},
            }.items()
        },
    },
    fused_rows=lambda cfg, name: [cfg.emb_dim] * 3,
    flops_per_token=lambda cfg, T: (
        6.0
        * (
            cfg.n_layers * (4 * cfg.emb_dim**2 + 3 * cfg.emb_dim * cfg.hidden_dim)
            + cfg.vocab_size * cfg.emb_dim
        )
        + 12.0 * cfg.n_layers * T * cfg.emb_dim
    ),
    block_bytes=block_bytes,
    ends_bytes=lambda cfg: (4 * cfg.emb_dim, 8 * cfg.emb_dim // cfg.n_heads),
    cache_width=lambda cfg: cfg.emb_dim,
    not_supported=lambda cfg: {'fsdp': 'olmo was never tried in parts: --strategy ddp'},
)


@pytest.fixture
def olmo():
    register(OLMO)
    torch.manual_seed(0)
    model = build_model(OlmoConfig()).eval()
    for p in model.parameters():
        nn.init.normal_(p, std=0.3)
    yield model
    del FAMILIES['olmo']


def tokens():
    return torch.randint(130, (2, 30), generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize('tied', [False, True])
def test_weights_in_and_out(olmo, tmp_path, tied):
    torch.manual_seed(1)
    hf = AutoModelForCausalLM.from_config(
        HFConfig(
            vocab_size=130,
            hidden_size=48,
            intermediate_size=72,
            num_hidden_layers=2,
            num_attention_heads=4,
            max_position_embeddings=64,
            tie_word_embeddings=tied,
            bos_token_id=None,
            eos_token_id=None,
            pad_token_id=None,
        ),
        attn_implementation='sdpa',
    ).eval()
    for p in hf.parameters():
        nn.init.normal_(p, std=0.2)
    hf.save_pretrained(tmp_path / 'theirs')
    ours, x = from_pretrained(tmp_path / 'theirs'), tokens()
    assert (
        ours.cfg == OlmoConfig(tie_embeddings=tied) and (ours.out_head.weight is ours.tok_emb.weight) == tied
    )
    a, b = hf(x).logits, ours(x)
    assert a.std() > 0.1 and (a - b).abs().max() < 1e-4
    loss = F.cross_entropy(a[:, :-1].flatten(0, 1), x[:, 1:].flatten(), reduction='sum')
    mine, n = ours(x[:, :-1], targets=x[:, 1:])
    assert abs(mine / loss - 1) < 1e-5 and n == 58
    loss.backward()
    mine.backward()
    theirs = torch.cat([hf.get_parameter(f'model.layers.1.self_attn.{x}_proj.weight').grad for x in 'qkv'])
    assert (ours.trf_blocks[1].W_qkv.weight.grad - theirs).norm() < 1e-4 * theirs.norm()
    save_pretrained(ours, tmp_path / 'back', max_shard_bytes=30_000)
    back, info = AutoModelForCausalLM.from_pretrained(
        tmp_path / 'back', output_loading_info=True, attn_implementation='sdpa'
    )
    assert not any(info.values()), info
    assert all(torch.equal(p, back.get_parameter(name)) for name, p in hf.named_parameters())
    (tmp_path / 'theirs' / 'model.safetensors').unlink()
    from safetensors.torch import save_file

    held = {
        k: p.detach().clone() for k, p in hf.named_parameters() if not k.endswith('1.self_attn.k_proj.weight')
    }
    save_file(held, tmp_path / 'theirs' / 'model.safetensors')
    with pytest.raises(
        ValueError,
        match=r'missing: model.layers.1.self_attn.q_proj.weight \+ model.layers.1.self_attn.k_proj',
    ):
        from_pretrained(tmp_path / 'theirs')


def test_adapters(olmo, tmp_path):
    from peft import PeftModel

    for targets in ((), ('W_qkv',)):
        with pytest.raises(
            ValueError, match=r'W_qkv \(model.layers.0.self_attn.q_proj \+ .*name other targets'
        ):
            add_lora(olmo, 3, targets=targets)
    assert not lora_layers(olmo)
    plain, x = olmo(tokens()), tokens()
    save_pretrained(olmo, tmp_path / 'base')
    add_lora(olmo, 3, targets=('out_proj', 'up_proj', 'down'))
    for layer in lora_layers(olmo).values():
        nn.init.normal_(layer.lora_B.weight, std=0.3)
    save_adapter(olmo, tmp_path / 'adapter', str(tmp_path / 'base'))
    hf = PeftModel.from_pretrained(
        AutoModelForCausalLM.from_pretrained(tmp_path / 'base'), tmp_path / 'adapter'
    ).eval()
    with torch.no_grad():
        assert (hf(x).logits - olmo(x)).abs().max() < 1e-3 and (olmo(x) - plain).abs().max() > 0.1
    assert torch.equal(load_adapter(from_pretrained(tmp_path / 'base'), tmp_path / 'adapter')(x), olmo(x))


@pytest.mark.parametrize('precision', ['fp32', 'bf16'])
def test_memory_and_size(olmo, precision):
    ids, kept = torch.randint(130, (3, 16)), []
    for layers in (2, 3):
        model = build_model(replace(olmo.cfg, n_layers=layers))

        def forward():
            with autocast('cpu', precision):
                model(ids, targets=ids)

        kept.append(saved_bytes(forward))
    casts = 2 * sum(p.numel() for p in model.trf_blocks[2].parameters()) * (precision == 'bf16')
    assert (kept[1] - kept[0] - casts) / 48 == block_bytes(olmo.cfg, 0, precision == 'bf16')
    assert sum(memory_plan(olmo.cfg, 4, 32, precision=precision).values()) > 0


def test_generation(olmo, tmp_path):
    save_pretrained(olmo, tmp_path)
    prompt = tokens()[:1, :9]
    wanted = AutoModelForCausalLM.from_pretrained(tmp_path).generate(
        prompt, attention_mask=torch.ones_like(prompt), max_new_tokens=40, do_sample=False, pad_token_id=0
    )
    assert generate(olmo, prompt[0].tolist(), 40, temperature=0)[0] == wanted[0, 9:].tolist()


def test_a_run(olmo, tmp_path, monkeypatch):
    "Sized, trained, resumed, exported and opened again, by the commands' own functions."
    monkeypatch.setenv('LLM_PROJECT_ROOT', str(tmp_path))
    monkeypatch.setenv('LLM_BOOK_MIRROR', '')
    monkeypatch.chdir(tmp_path)
    config = {
        'model': {
            'name': 'olmo',
            'config': {
                'vocab_size': 600,
                'context_length': 192,
                'emb_dim': 16,
                'n_heads': 2,
                'n_layers': 1,
                'hidden_dim': 24,
            },
        },
        'training': {
            'batch_size': 8,
            'max_steps': 6,
            'warmup_steps': 1,
            'eval_freq': 4,
            'learning_rate': 3e-3,
        },
        'data': {'n_train': 64, 'n_val': 8, 'n_heldout': 8},
    }
    (tmp_path / 'mine.yaml').write_text(yaml.safe_dump(config))
    settings = pretrain_settings(['--config', 'mine.yaml'])
    assert settings.model == OlmoConfig(600, 192, 16, 2, 1, 24)
    assert pretrain_settings(['--model.config', 'olmo-tiny']).model == OlmoConfig()
    lines = training_plan(
        settings.model, settings.training, settings.data, row_length(settings), torch.device('cpu')
    )
    assert lines[0].startswith('model    olmo, ')
    trainer, _ = build_pretraining(settings)
    first = float(trainer.train_step()['loss'])
    last = [float(trainer.train_step()['loss']) for _ in range(5)][-1]
    assert last < first
    opened = from_pretrained(export_model(trainer))
    assert opened.cfg == settings.model and torch.equal(
        opened.trf_blocks[0].W_qkv.weight, trainer.model.trf_blocks[0].W_qkv.weight
    )
    again, _ = build_pretraining(
        pretrain_settings(
            ['--config', 'mine.yaml', '--run', 'again', '--init_from', str(trainer.folder / 'model')]
        )
    )
    assert torch.equal(again.model.tok_emb.weight, opened.tok_emb.weight)
    with pytest.raises(ValueError, match='family olmo there and llama here'):
        build_pretraining(
            pretrain_settings(
                [
                    '--model.config',
                    'smollm2-135m',
                    *(
                        f'--model.config.{k}={v}'
                        for k, v in {
                            'vocab_size': 600,
                            'context_length': 256,
                            'emb_dim': 16,
                            'n_heads': 2,
                            'n_kv_groups': 2,
                            'n_layers': 1,
                        }.items()
                    ),
                    '--data.n_train',
                    '64',
                    '--data.n_val',
                    '8',
                    '--data.n_heldout',
                    '8',
                    '--run',
                    'other',
                    '--init_from',
                    str(trainer.folder / 'model'),
                ]
            )
        )


def test_what_it_does_not_do_is_said(olmo, monkeypatch):
    import torch.distributed as dist
    from llm_book.train.distributed import FSDP

    dist.init_process_group('gloo', store=dist.HashStore(), rank=0, world_size=1)
    try:
        with pytest.raises(ValueError, match='olmo was never tried in parts: --strategy ddp'):
            FSDP().prepare(olmo)
    finally:
        dist.destroy_process_group()


def test_without_the_record_it_is_a_stranger(refused):
    cfg = OlmoConfig()
    for ask in (
        build_model,
        lambda c: memory_plan(c, 1, 8),
        config_to_dict,
        lambda c: training_plan(c, None, None, 8, None),
    ):
        with pytest.raises(
            ValueError, match=r"OlmoConfig is of the family 'olmo', which is not registered: register\(Family"
        ):
            ask(cfg)
    with pytest.raises(ValueError, match="no family 'olmo'"):
        config_from_dict({'family': 'olmo', 'emb_dim': 8})
    assert "no model 'lama'; did you mean 'llama'?" in refused(
        'llm_book.pretrain', '--model.name', 'lama', '--model.config', 'smollm2-135m'
    )


@pytest.mark.parametrize(
    'change,says',
    [
        ({'block_bytes': None}, 'the family olmo lacks block_bytes'),
        ({'name': None}, 'the family without a name lacks name'),
        ({'name': 'gpt'}, "a family 'gpt' is registered already"),
        ({'name': 'other'}, "`family: ClassVar\\[str\\] = 'other'`"),
        ({'hf_settings': {'llama': {}}}, "model_type 'llama' belongs to a family already"),
    ],
)
def test_records_that_are_refused(change, says):
    before = dict(FAMILIES)
    with pytest.raises(ValueError, match=says):
        register(replace(OLMO, **change))
    assert FAMILIES == before


def test_configs_in_files():
    for family in FAMILIES.values():
        for cfg in family.presets.values():
            assert config_from_dict(json.loads(json.dumps(config_to_dict(cfg)))) == cfg
    assert families.all_presets()['gpt2-124m'].family == 'gpt'


OWN = {m for name in FAMILIES for m in (f'model.{name}', f'model.{name}_family')}
OTHER_WORDS = {
    'text.tokenizer',
    'text.tokenizer_files',
    'text.gguf_tokenizer',
    'text.hf_files',
}  # tokenizers are called qwen and gpt2 too


def family_branches(source):
    "Lines that branch on a family: isinstance, comparisons with classes or names, a choice between classes."
    classes = {c.__name__ for f in FAMILIES.values() for c in (f.config, f.model)}
    words = {*FAMILIES, *(kind for f in FAMILIES.values() for kind in f.hf_settings)}
    mentions = lambda node: (
        {
            n.id if isinstance(n, ast.Name) else n.attr
            for n in ast.walk(node)
            if isinstance(n, (ast.Name, ast.Attribute))
        }
        & classes
    )
    for node in ast.walk(ast.parse(source)):
        if (
            isinstance(node, ast.Call)
            and getattr(node.func, 'id', '') in ('isinstance', 'issubclass')
            and mentions(node)
        ):
            yield node.lineno
        elif isinstance(node, ast.Compare):
            sides = [node.left, *node.comparators]
            if any(mentions(s) or isinstance(s, ast.Constant) and s.value in words for s in sides):
                yield node.lineno
        elif isinstance(node, ast.IfExp) and mentions(node.body) and mentions(node.orelse):
            yield node.lineno
        elif (
            isinstance(node, ast.BinOp)
            and isinstance(node.op, ast.BitOr)
            and mentions(node.left)
            and mentions(node.right)
        ):
            yield node.lineno


def test_nobody_else_branches_on_families():
    found = [
        f'llm_book/{m.replace(".", "/")}.py:{line}'
        for m in modules()
        if m not in OWN | OTHER_WORDS
        for line in family_branches(
            (ROOT / 'llm_book' / f'{m.replace(".", "/")}.py').read_text(encoding='utf-8')
        )
    ]
    assert not found, f'these ask for a family: give Family a field and ask family_of(cfg) instead: {found}'


@pytest.mark.parametrize(
    'line',
    [
        'x = isinstance(cfg, GPTConfig)',
        "y = 1 if family.name == 'qwen' else 2",
        'm = (GPTModel if a else QwenModel)(cfg)',
        'def f(cfg: GPTConfig | QwenConfig): pass',
        "if hf['model_type'] == 'llama': pass",
        'z = type(m) is gpt.GPTModel',
    ],
)
def test_a_branch_is_noticed(line):
    assert [*family_branches(line)]
