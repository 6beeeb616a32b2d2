"Weights in and out against Hugging Face: a grid of tiny random models, hostile files, a small hub, memory."

import hashlib
import http.server
import json
import os
import random
import socket
import subprocess
import sys
import threading
from pathlib import Path

import pytest
import torch
from llm_book.model import hub as hub_module
from llm_book.model.weights import meta_model, read_tensors, transpose_conv1d
from llm_book.model.families import all_presets, config_from_hf, family_of, hf_config
from llm_book.model.gpt_family import CONV1D
from llm_book.model.hub import from_pretrained, local_folder, save_pretrained
from llm_book.infer.decoding import open_model
from llm_book.text.tokenizer import train_bpe
from llm_book.text.tokenizer_files import save_hf
from llm_book.train.base_models import load_state_dict
from safetensors.torch import load_file, save_file
from torch.nn import functional as F
from transformers import AutoModelForCausalLM, GPT2Config, Qwen2Config, Qwen3Config, Qwen3MoeConfig

COMMON = dict(vocab_size=300, bos_token_id=None, eos_token_id=None)
QWEN = COMMON | dict(
    hidden_size=48,
    intermediate_size=80,
    num_hidden_layers=3,
    num_attention_heads=4,
    num_key_value_heads=2,
    max_position_embeddings=64,
    rope_parameters={'rope_type': 'default', 'rope_theta': 3e5},
)
MOE = QWEN | dict(num_experts=6, num_experts_per_tok=2, moe_intermediate_size=40, norm_topk_prob=True)
SLIDE = dict(use_sliding_window=True, sliding_window=5, max_window_layers=1)
CASES = {  # family, config
    'gpt2': (GPT2Config, COMMON | dict(n_positions=64, n_embd=48, n_head=4, n_layer=3)),
    'gpt2-untied': (
        GPT2Config,
        COMMON | dict(n_positions=64, n_embd=48, n_head=3, n_layer=2, tie_word_embeddings=False),
    ),
    'qwen2': (Qwen2Config, QWEN),
    'qwen2-tied-one-group': (Qwen2Config, QWEN | dict(tie_word_embeddings=True, num_key_value_heads=1)),
    'qwen2-slide': (Qwen2Config, QWEN | SLIDE),
    'qwen2-slide-tied-all-groups': (
        Qwen2Config,
        QWEN | SLIDE | dict(tie_word_embeddings=True, num_key_value_heads=4),
    ),
    'qwen2-layer-types': (
        Qwen2Config,
        QWEN | SLIDE | dict(layer_types=['sliding_attention', 'full_attention', 'sliding_attention']),
    ),
    'qwen3': (Qwen3Config, QWEN | dict(head_dim=32)),
    'qwen3-narrow-heads': (Qwen3Config, QWEN | dict(head_dim=8, num_key_value_heads=1)),
    'qwen3-usual-heads': (Qwen3Config, QWEN | dict(head_dim=12, num_key_value_heads=4)),
    'qwen3-tied': (Qwen3Config, QWEN | dict(head_dim=32, tie_word_embeddings=True, rms_norm_eps=1e-3)),
    'qwen3-slide': (Qwen3Config, QWEN | SLIDE | dict(head_dim=32, tie_word_embeddings=True)),
    'moe': (Qwen3MoeConfig, MOE | dict(head_dim=32)),
    'moe-tied-one-group': (
        Qwen3MoeConfig,
        MOE | dict(head_dim=8, num_key_value_heads=1, tie_word_embeddings=True),
    ),
    'moe-top1-no-norm': (Qwen3MoeConfig, MOE | dict(num_experts_per_tok=1, norm_topk_prob=False)),
    'moe-slide': (Qwen3MoeConfig, MOE | dict(use_sliding_window=True, sliding_window=5, head_dim=32)),
    'moe-some-dense': (Qwen3MoeConfig, MOE | dict(mlp_only_layers=[0], head_dim=32, norm_topk_prob=False)),
    'moe-every-second': (Qwen3MoeConfig, MOE | dict(decoder_sparse_step=2, head_dim=32)),
}
FORMS = ['plain', 'sharded', 'v4', 'bf16', 'sharded-bf16-v4']


def theirs(case, dtype=torch.float32):
    "Their model with every tensor random: norms of one and biases of zero would hide mistakes."
    cls, settings = CASES[case]
    torch.manual_seed(len(case))
    model = AutoModelForCausalLM.from_config(cls(**settings), attn_implementation='sdpa').eval()
    for name, p in model.named_parameters():
        torch.nn.init.normal_(p, mean=1.0 if 'norm' in name or 'ln_' in name else 0.0, std=0.2)
        p.data = p.data.to(
            dtype
        ).float()  # what the file can hold; model.to(dtype) would round the rotary frequencies too
    return model


def as_v4(folder):
    "The config as transformers 4 wrote it."
    config = json.loads((folder / 'config.json').read_text())
    if config.get('layer_types') != CASES['qwen2-layer-types'][1]['layer_types']:
        config.pop('layer_types', None)
    if 'rope_parameters' in config:
        config |= {'rope_theta': config.pop('rope_parameters')['rope_theta'], 'rope_scaling': None}
    if 'num_local_experts' in config:
        config['num_experts'] = config.pop('num_local_experts')
    config['torch_dtype'] = config.pop('dtype')
    (folder / 'config.json').write_text(json.dumps(config))


def held_in(file):
    "A file's tensors copied into memory: mapped tensors would be lost when the file is overwritten."
    return {k: t.clone() for k, t in load_file(file).items()}


def stored(tmp_path, case, form='plain'):
    "Their model, and the folder into which they saved it."
    dtype = torch.bfloat16 if 'bf16' in form else torch.float32
    model, folder = theirs(case, dtype), tmp_path / 'theirs'
    (theirs(case, dtype).to(dtype)).save_pretrained(
        folder, max_shard_size='30KB' if 'sharded' in form else '5GB'
    )
    assert (folder / 'model.safetensors.index.json').exists() == ('sharded' in form)
    if 'v4' in form:
        as_v4(folder)
    return model, folder


def gradient(model, name):
    "Of their tensor by its name on disk: transformers 5 keeps all experts of a layer in one tensor."
    if '.experts.' not in name:
        return model.get_parameter(name).grad
    layer, e, w = name.removesuffix('.weight').rsplit('.', 2)
    grad = model.get_parameter(f'{layer}.{"down_proj" if w == "down_proj" else "gate_up_proj"}').grad[int(e)]
    return grad if w == 'down_proj' else grad.chunk(2)[w == 'up_proj']


def greedy(model, row, n):
    for _ in range(n):
        row = torch.cat([row, model(row)[:, -1:].argmax(-1)], 1)
    return row


def tokens(seed=0):
    return torch.randint(300, (2, 24), generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize('form', FORMS)
@pytest.mark.parametrize('case', CASES)
def test_parity(tmp_path, case, form):
    "Logits, the gradient of every parameter, the way back and greedy text."
    hf, folder = stored(tmp_path, case, form)
    ours, x = from_pretrained(folder, dtype=torch.float32), tokens()
    a, b = hf(x).logits, ours(x)
    assert a.std() > 0.1 and (a - b).abs().max() <= (1e-4 if 'gpt2' in case else 1e-5), (a - b).abs().max()
    F.cross_entropy(a[:, :-1].flatten(0, 1), x[:, 1:].flatten(), reduction='sum').backward()
    ours(x[:, :-1], targets=x[:, 1:])[0].backward()
    places = meta_model(ours.cfg)[1]
    assert {*places.values()} == {n for n, _ in ours.named_parameters()}
    for name, mine in places.items():
        wanted, got = (
            transpose_conv1d(name, gradient(hf, name), family_of(ours.cfg).transposed),
            ours.get_parameter(mine).grad,
        )
        if got is None:
            got = torch.zeros_like(wanted)  # an expert that no token went to
        assert (wanted - got).norm() <= 1e-5 * wanted.norm() + 1e-5, (
            f'{name}: {(wanted - got).norm()} of {wanted.norm()}'
        )


@pytest.mark.parametrize('form', ['plain', 'sharded-bf16-v4'])
@pytest.mark.parametrize('case', CASES)
def test_round_trip(tmp_path, case, form):
    "The same dtype and bytes come back; Hugging Face finds nothing missing, equal logits and greedy text."
    hf, folder = stored(tmp_path, case, form)
    dtype, x = torch.bfloat16 if 'bf16' in form else torch.float32, tokens()
    ours = from_pretrained(folder)
    assert {p.dtype for p in ours.parameters()} == {dtype} and not ours.training
    save_pretrained(ours, tmp_path / 'back', max_shard_bytes=30_000 if 'sharded' in form else 2**30)
    before, after = read_tensors(folder), read_tensors(tmp_path / 'back')
    assert before.keys() == after.keys() and all(
        torch.equal(t, after[k]) for k, t in before.items()
    )  # bit by bit
    assert from_pretrained(tmp_path / 'back').cfg == ours.cfg
    assert AutoModelForCausalLM.from_pretrained(tmp_path / 'back').dtype == dtype
    back, info = AutoModelForCausalLM.from_pretrained(
        tmp_path / 'back', dtype=torch.float32, output_loading_info=True, attn_implementation='sdpa'
    )
    assert not any(info.values()), info
    with torch.no_grad():
        assert torch.equal(back(x).logits, hf(x).logits)
        prompt = x[:, :9]
        text = back.generate(
            prompt, attention_mask=torch.ones_like(prompt), max_new_tokens=20, do_sample=False, pad_token_id=0
        )
        assert torch.equal(text, greedy(ours.float(), prompt, 20))


@pytest.mark.parametrize('case', CASES)
def test_v4_and_v5_configs_mean_the_same(tmp_path, case):
    folder = stored(tmp_path, case)[1]
    new = json.loads((folder / 'config.json').read_text())
    as_v4(folder)
    old = json.loads((folder / 'config.json').read_text())
    cfg = config_from_hf(new)
    assert (
        old != new
        and config_from_hf(old) == cfg
        and config_from_hf(json.loads(json.dumps(hf_config(cfg)))) == cfg
    )


PUBLISHED = {  # config.json as the hub has them
    'qwen2.5-0.5b': {
        'architectures': ['Qwen2ForCausalLM'],
        'attention_dropout': 0.0,
        'bos_token_id': 151643,
        'eos_token_id': 151643,
        'hidden_act': 'silu',
        'hidden_size': 896,
        'initializer_range': 0.02,
        'intermediate_size': 4864,
        'max_position_embeddings': 32768,
        'max_window_layers': 24,
        'model_type': 'qwen2',
        'num_attention_heads': 14,
        'num_hidden_layers': 24,
        'num_key_value_heads': 2,
        'rms_norm_eps': 1e-06,
        'rope_theta': 1000000.0,
        'sliding_window': 32768,
        'tie_word_embeddings': True,
        'torch_dtype': 'bfloat16',
        'transformers_version': '4.40.1',
        'use_cache': True,
        'use_mrope': False,
        'use_sliding_window': False,
        'vocab_size': 151936,
    },
    'qwen3-0.6b': {
        'architectures': ['Qwen3ForCausalLM'],
        'attention_bias': False,
        'attention_dropout': 0.0,
        'bos_token_id': 151643,
        'eos_token_id': 151645,
        'head_dim': 128,
        'hidden_act': 'silu',
        'hidden_size': 1024,
        'initializer_range': 0.02,
        'intermediate_size': 3072,
        'max_position_embeddings': 40960,
        'max_window_layers': 28,
        'model_type': 'qwen3',
        'num_attention_heads': 16,
        'num_hidden_layers': 28,
        'num_key_value_heads': 8,
        'rms_norm_eps': 1e-06,
        'rope_scaling': None,
        'rope_theta': 1000000,
        'sliding_window': None,
        'tie_word_embeddings': True,
        'torch_dtype': 'bfloat16',
        'transformers_version': '4.51.0',
        'use_cache': True,
        'use_sliding_window': False,
        'vocab_size': 151936,
    },
    'qwen3-30b-a3b': {
        'architectures': ['Qwen3MoeForCausalLM'],
        'attention_bias': False,
        'attention_dropout': 0.0,
        'bos_token_id': 151643,
        'decoder_sparse_step': 1,
        'eos_token_id': 151645,
        'head_dim': 128,
        'hidden_act': 'silu',
        'hidden_size': 2048,
        'initializer_range': 0.02,
        'intermediate_size': 6144,
        'max_position_embeddings': 40960,
        'max_window_layers': 48,
        'mlp_only_layers': [],
        'model_type': 'qwen3_moe',
        'moe_intermediate_size': 768,
        'norm_topk_prob': True,
        'num_attention_heads': 32,
        'num_experts': 128,
        'num_experts_per_tok': 8,
        'num_hidden_layers': 48,
        'num_key_value_heads': 4,
        'output_router_logits': False,
        'rms_norm_eps': 1e-06,
        'rope_scaling': None,
        'rope_theta': 1000000.0,
        'router_aux_loss_coef': 0.001,
        'sliding_window': None,
        'tie_word_embeddings': False,
        'torch_dtype': 'bfloat16',
        'transformers_version': '4.51.0',
        'use_cache': True,
        'use_sliding_window': False,
        'vocab_size': 151936,
    },
    'gpt2-124m': {
        'activation_function': 'gelu_new',
        'architectures': ['GPT2LMHeadModel'],
        'attn_pdrop': 0.1,
        'bos_token_id': 50256,
        'embd_pdrop': 0.1,
        'eos_token_id': 50256,
        'initializer_range': 0.02,
        'layer_norm_epsilon': 1e-05,
        'model_type': 'gpt2',
        'n_ctx': 1024,
        'n_embd': 768,
        'n_head': 12,
        'n_layer': 12,
        'n_positions': 1024,
        'resid_pdrop': 0.1,
        'summary_activation': None,
        'summary_first_dropout': 0.1,
        'summary_proj_to_labels': True,
        'summary_type': 'cls_index',
        'summary_use_proj': True,
        'vocab_size': 50257,
        'task_specific_params': {'text-generation': {'do_sample': True, 'max_length': 50}},
    },
}


@pytest.mark.parametrize('name', PUBLISHED)
def test_published_configs_are_our_presets(name):
    assert config_from_hf(PUBLISHED[name]) == all_presets()[name]


@pytest.mark.parametrize('case', CASES)
def test_what_is_left_out_has_their_default(case):
    "Each setting taken out of the config: refused, or understood as transformers understands it."
    cls, settings = CASES[case]
    full, refused = cls(**settings).to_dict(), set()
    for key in full:
        rest = {k: v for k, v in full.items() if k != key}
        try:
            cfg = config_from_hf(rest)
        except ValueError:
            refused.add(key)
        else:
            assert cfg == config_from_hf(cls.from_dict(rest).to_dict()), key
    assert {'model_type', 'vocab_size'} <= refused and not refused & {
        'rope_parameters',
        'tie_word_embeddings',
        'head_dim',
    }


def test_gpt2_of_2019(tmp_path):
    "The key layout, the buffers and the config of the first files; also as a pickle with wrappers' prefixes."
    hf, folder = stored(tmp_path, 'gpt2')
    old = {k.removeprefix('transformer.'): t for k, t in held_in(folder / 'model.safetensors').items()}
    for i in range(3):
        old |= {
            f'h.{i}.attn.bias': torch.ones(64, 64).tril()[None, None],
            f'h.{i}.attn.masked_bias': torch.tensor(-1e4),
        }
    config = PUBLISHED['gpt2-124m'] | {
        'n_ctx': 64,
        'n_positions': 64,
        'n_embd': 48,
        'n_head': 4,
        'n_layer': 3,
        'vocab_size': 300,
    }
    (folder / 'config.json').write_text(json.dumps(config))
    save_file(old, folder / 'model.safetensors')
    wanted = hf(tokens()).logits
    assert (from_pretrained(folder)(tokens()) - wanted).abs().max() < 1e-4
    (folder / 'model.safetensors').unlink()
    for prefix in ('', '_orig_mod.', 'module.', '_orig_mod.module.'):
        for zipped in (True, False):
            torch.save(
                {prefix + k: t for k, t in old.items()},
                folder / 'pytorch_model.bin',
                _use_new_zipfile_serialization=zipped,
            )
            with pytest.raises(ValueError, match='a pickle may run any code'):
                from_pretrained(folder)
            assert (from_pretrained(folder, allow_pickle=True)(tokens()) - wanted).abs().max() < 1e-4


def test_biases_that_ours_lacks_travel_as_zeros(tmp_path):
    from llm_book.model.gpt import GPTConfig, GPTModel

    small = dict(vocab_size=300, context_length=64, emb_dim=32, n_heads=4, n_layers=2, qkv_bias=False)
    model = GPTModel(GPTConfig(**small))
    for p in model.parameters():
        torch.nn.init.normal_(p, std=0.3)
    save_pretrained(model.eval(), tmp_path / 'out')
    back, info = AutoModelForCausalLM.from_pretrained(tmp_path / 'out', output_loading_info=True)
    assert not any(info.values()), info
    assert (back(tokens()).logits - model(tokens())).abs().max() < 1e-4
    again = from_pretrained(tmp_path / 'out')
    assert again.cfg == model.cfg and torch.equal(again(tokens()), model(tokens()))
    held = held_in(tmp_path / 'out' / 'model.safetensors')
    held[next(k for k in held if k.endswith('c_attn.bias'))][3] = 1.0
    save_file(held, tmp_path / 'out' / 'model.safetensors')
    with pytest.raises(ValueError, match='unknown: .*bias'):
        from_pretrained(tmp_path / 'out')


def test_a_qwen_without_biases_and_norms_is_not_written_as_one(tmp_path):
    from llm_book.model.qwen import QwenConfig, QwenModel

    model = QwenModel(QwenConfig(300, 64, 32, 4, 2, 8, 40, 2, qk_norm=False))
    with pytest.raises(ValueError, match='take the family llama'):
        save_pretrained(model, tmp_path / 'out')
    assert not (tmp_path / 'out').exists()


def broken(tmp_path, case='qwen3', **config):
    "A good folder with other settings in its config, and its tensors."
    folder = stored(tmp_path, case)[1]
    (folder / 'config.json').write_text(json.dumps(json.loads((folder / 'config.json').read_text()) | config))
    return folder, held_in(folder / 'model.safetensors')


def test_nothing_is_left_at_random(tmp_path):
    "Each tensor taken away, made another shape or given another name is an error that names it."
    folder, held = broken(tmp_path)
    for name, t in held.items():
        rest = {k: v for k, v in held.items() if k != name}
        for bad, message in (
            (rest, f'missing: {name}'),
            (rest | {name: torch.zeros(*t.shape[:-1], t.shape[-1] + 1)}, f'wrong shape: {name}'),
            (rest | {name + 's': t}, f'missing: {name}; unknown: {name}s'),
            (rest | {name: t.to(torch.int8)}, 'quantised'),
        ):
            save_file(bad, folder / 'model.safetensors')
            with pytest.raises(ValueError, match=message):
                from_pretrained(folder)


def test_a_loaded_model_does_not_depend_on_its_file(tmp_path):
    folder, held = broken(tmp_path, 'gpt2')
    model = from_pretrained(folder)
    with open(folder / 'model.safetensors', 'r+b') as f:
        f.write(bytes((folder / 'model.safetensors').stat().st_size))
    for name, mine in meta_model(model.cfg)[1].items():
        assert torch.equal(transpose_conv1d(name, model.get_parameter(mine), CONV1D), held[name]), name


def test_bf16_by_hand():
    "bf16 is the upper half of an fp32, rounded to the nearest, halfway to even; cut off, it is not the same."
    torch.manual_seed(0)
    x = torch.randn(10_000) * 10 ** torch.empty(10_000).uniform_(-20, 20)
    x = torch.cat([x, torch.tensor([0.0, -0.0, 1.00390625, 1.01171875])])  # the last two lie halfway
    bits = x.view(torch.int32).long() & 0xFFFFFFFF
    rounded = (bits + 0x7FFF + ((bits >> 16) & 1)) >> 16
    held = x.bfloat16().view(torch.int16).long() & 0xFFFF
    assert torch.equal(rounded, held)
    assert 0.4 < ((bits >> 16) != held).float().mean() < 0.6


def test_device_and_dtype_are_followed(tmp_path):
    folder = stored(tmp_path, 'gpt2')[1]
    with pytest.raises(ValueError, match='still without numbers'):
        from_pretrained(folder, device='meta')  # nothing can lie there
    assert {p.dtype for p in from_pretrained(folder, dtype=torch.float16).parameters()} == {torch.float16}


def test_heads_tied_and_not(tmp_path):
    folder, held = broken(tmp_path, 'qwen3-tied')
    embedding = held['model.embed_tokens.weight']
    save_file(held | {'lm_head.weight': embedding.clone()}, folder / 'model.safetensors')
    model = from_pretrained(folder)
    assert model.out_head.weight is model.tok_emb.weight
    save_file(held | {'lm_head.weight': embedding + 1e-6}, folder / 'model.safetensors')
    with pytest.raises(
        ValueError, match='lm_head.weight is not the token embedding.*"tie_word_embeddings": false'
    ):
        from_pretrained(folder)
    broken(tmp_path, 'qwen3-tied', tie_word_embeddings=False)
    with pytest.raises(ValueError, match='missing: lm_head.weight'):
        from_pretrained(folder)
    save_file(held | {'lm_head.weight': embedding + 1e-6}, folder / 'model.safetensors')
    model = from_pretrained(folder)
    assert model.out_head.weight is not model.tok_emb.weight and torch.equal(
        model.out_head.weight, embedding + 1e-6
    )


@pytest.mark.parametrize(
    'case,changes,message',
    [
        ('gpt2', {'model_type': 'mistral'}, "model_type is 'mistral'; we have gpt2, qwen2, qwen3, qwen3_moe"),
        ('gpt2', {'model_type': None}, 'model_type is None; we have gpt2'),
        ('gpt2', {'model_type': 'qwen2_moe'}, "did you mean 'qwen3_moe'"),
        ('gpt2', {'activation_function': 'gelu'}, 'activation_function'),
        ('gpt2', {'n_inner': 100}, 'n_inner'),
        ('gpt2', {'scale_attn_weights': False}, 'scale_attn_weights'),
        ('gpt2', {'layer_norm_epsilon': 1e-6}, 'layer_norm_epsilon'),
        ('gpt2', {'scale_attn_by_inverse_layer_idx': True}, 'scale_attn_by_inverse_layer_idx'),
        ('gpt2', {'add_cross_attention': True}, 'add_cross_attention'),
        ('gpt2', {'n_head': 5}, 'does not split into 5 heads'),
        ('gpt2', {'n_head': 'four'}, "n_head is 'four'"),
        ('gpt2', {'attn_pdrop': 0.0}, 'attn_pdrop'),
        (
            'qwen2',
            {'rope_parameters': {'rope_type': 'yarn', 'factor': 4.0, 'rope_theta': 1e4}},
            "rope type 'yarn'",
        ),
        ('qwen2', {'rope_scaling': {'type': 'linear', 'factor': 2.0}}, "rope type .* with factor"),
        ('qwen2', {'rope_parameters': {'rope_type': 'default', 'mrope_section': [1, 2]}}, 'mrope_section'),
        ('qwen2', {'rope_parameters': {'full_attention': {'rope_type': 'default'}}}, 'full_attention'),
        ('qwen2', {'rope_parameters': 'yarn'}, 'config'),
        ('qwen2', {'partial_rotary_factor': 0.5}, 'partial_rotary_factor'),
        ('qwen2', {'hidden_act': 'gelu'}, 'hidden_act'),
        ('qwen2', {'layer_types': ['full_attention']}, 'layer_types names 1 layers'),
        ('qwen2', {'layer_types': ['chunked_attention'] * 3}, 'chunked_attention'),
        ('qwen2', {'layer_types': ['sliding_attention'] * 3}, 'no sliding_window is in use'),
        ('qwen2', {'use_mrope': True}, 'use_mrope'),
        ('qwen2', {'is_causal': False}, 'is_causal'),
        ('qwen2', {'auto_map': {'AutoModel': 'x.py'}}, 'auto_map'),
        ('qwen2', {'quantization_config': {'quant_method': 'gptq'}}, 'quantization_config'),
        ('qwen2', {'num_key_value_heads': 3}, 'config|heads|group'),
        ('qwen2', {'num_attention_heads': -4}, 'num_attention_heads'),
        ('qwen3', {'attention_bias': True}, 'attention_bias'),
        ('qwen3', {'num_hidden_layers': 2, 'layer_types': None}, 'unknown: model.layers.2'),
        ('qwen3', {'num_hidden_layers': 4, 'layer_types': None}, 'missing: model.layers.3'),
        ('qwen3', {'head_dim': 16}, 'wrong shape'),
        ('qwen3', {'num_attention_heads': None}, 'num_attention_heads is None'),
        ('qwen3', {'model_type': 'qwen2'}, 'unknown: .*q_norm'),
        ('moe', {'num_experts_per_tok': None}, 'num_experts_per_tok'),
        ('moe', {'mlp_only_layers': [1]}, 'missing: model.layers.1.mlp'),
        ('moe', {'num_experts_per_tok': 7}, '7'),
        ('moe', {'layer_types': ['sliding_attention'] * 3}, 'sliding'),
        ('moe-slide', {'layer_types': ['full_attention'] * 3}, 'every layer or in none'),
    ],
)
def test_configs_that_are_refused(tmp_path, case, changes, message):
    folder = broken(tmp_path, case, **changes)[0]
    with pytest.raises(ValueError, match=message):
        from_pretrained(folder)


def test_damaged_files(tmp_path):
    folder, held = broken(tmp_path)
    file = folder / 'model.safetensors'
    whole = file.read_bytes()
    longer = dict(held, again=held['model.norm.weight'].clone())
    for bad in (
        b'',
        whole[:7],
        whole[:100],
        whole[:-1],
        whole + b'x',
        b'\xff' * 8 + whole[8:],
        whole[:8] + b'[' + whole[9:],
        os.urandom(5000),
    ):
        file.write_bytes(bad)
        with pytest.raises(ValueError, match=r'model\.safetensors is damaged, cut short'):
            from_pretrained(folder)
    save_file(longer, file)
    with pytest.raises(ValueError, match='unknown: .*again'):
        from_pretrained(folder)
    file.unlink()
    with pytest.raises(
        FileNotFoundError, match='holds no model.safetensors; there are: config.json, generation_config.json'
    ):
        from_pretrained(folder)
    for name in ('a.pt', 'b.bin'):
        torch.save(held, folder / name)
    with pytest.raises(FileNotFoundError, match='holds no model.safetensors'):
        from_pretrained(folder, allow_pickle=True)  # which?
    (folder / 'config.json').write_text('[]')
    with pytest.raises(ValueError, match='config.json holds no'):
        from_pretrained(folder)
    (folder / 'config.json').unlink()
    (folder / '.gitattributes').write_text('')
    with pytest.raises(FileNotFoundError, match='holds no config.json; there are: .gitattributes'):
        from_pretrained(folder)
    with pytest.raises(FileNotFoundError, match='no folder .*/nowhere'):
        from_pretrained(tmp_path / 'nowhere')
    (tmp_path / 'empty').mkdir()
    with pytest.raises(FileNotFoundError, match='holds no model.safetensors; there are: no files'):
        read_tensors(tmp_path / 'empty')
    with pytest.raises(FileNotFoundError, match='holds no config.json; there are: no files'):
        from_pretrained(tmp_path / 'empty')


@pytest.mark.parametrize('name', ['model.safetensors', 'pytorch_model.bin'])
def test_noise_in_a_file_is_an_error_or_harmless(tmp_path, name):
    noise, held = random.Random(0), {'a': torch.randn(3, 4), 'b': torch.zeros(2)}
    (save_file if 'safe' in name else torch.save)(held, tmp_path / name)
    whole = (tmp_path / name).read_bytes()
    for _ in range(300):
        data = bytearray(whole)
        for _ in range(noise.choice([1, 1, 3, 10])):
            data[noise.randrange(len(data))] = noise.randrange(256)
        (tmp_path / name).write_bytes(data[: noise.choice([len(data), noise.randrange(len(data))])])
        try:
            assert all(
                isinstance(x, torch.Tensor) for x in read_tensors(tmp_path, allow_pickle=True).values()
            )
        except ValueError as e:
            assert f'{name} is damaged' in str(e) or f'{name} holds more' in str(e)


def test_an_index_that_lies(tmp_path):
    folder = stored(tmp_path, 'qwen3', 'sharded')[1]
    path = folder / 'model.safetensors.index.json'
    index = json.loads(path.read_text())
    places, files = index['weight_map'], sorted({*index['weight_map'].values()})
    norm = 'model.norm.weight'
    other = next(f for f in files if f != places[norm])
    for change, error, message in (
        ({norm: other}, ValueError, f'{norm} is listed in {other}, found in {places[norm]}'),
        ({'ghost': other}, ValueError, 'ghost is listed in'),
        ({norm: 'gone.safetensors'}, FileNotFoundError, 'names gone.safetensors'),
        ({norm: '../theirs/' + other}, ValueError, 'no weight_map'),
        ({norm: 3}, ValueError, 'no weight_map'),
        ({norm: 'a.bin'}, ValueError, 'no weight_map'),
    ):
        path.write_text(json.dumps({'weight_map': places | change}))
        with pytest.raises(error, match=message):
            from_pretrained(folder)
    path.write_text(json.dumps({'weight_map': {k: v for k, v in places.items() if k != norm}}))
    with pytest.raises(ValueError, match=f'{norm} is listed in None'):
        from_pretrained(folder)
    path.write_text('{"metadata": {}}')
    with pytest.raises(ValueError, match='no weight_map'):
        from_pretrained(folder)
    path.write_text(json.dumps(index))
    from_pretrained(folder)
    held = held_in(folder / other)
    save_file(held | {norm: torch.zeros(48)}, folder / other)
    with pytest.raises(ValueError, match=f'repeats tensors of another file: {norm}'):
        from_pretrained(folder)


@pytest.mark.parametrize(
    'kind,says',
    [
        ('adapter', 'is an adapter .*: python -m llm_book.chat --model me/base --adapter .*theirs$'),
        ('classifier', r'is a classifier \(Qwen3ForS.*\), .*llm_book.classify predict --model .*theirs FILE'),
        ('pickle', r'pickles only .*save_pretrained\(from_pretrained\(FOLDER, allow_pickle=True\), FOLDER\)'),
    ],
)
def test_other_kinds_of_folders_say_what_reads_them(kind, says, tmp_path):
    folder, held = broken(tmp_path, architectures=['Qwen3ForSequenceClassification'])
    if kind == 'adapter':
        (folder / 'config.json').unlink()
        (folder / 'adapter_config.json').write_text(json.dumps({'base_model_name_or_path': 'me/base'}))
    if kind == 'pickle':
        folder, held = broken(tmp_path)
        torch.save(held, folder / 'pytorch_model.bin')
        (folder / 'model.safetensors').unlink()
        save_hf(train_bpe(['a'], 257), folder)
    for opens in (from_pretrained, lambda at: open_model(str(at)), load_state_dict):
        with pytest.raises(ValueError, match=says) as e:
            opens(folder)
        assert '\n' not in str(e.value)
    if kind == 'pickle':  # what it says to do
        save_pretrained(from_pretrained(folder, allow_pickle=True), folder)
        assert held_in(folder / 'model.safetensors').keys() == held.keys()


def test_no_path_is_shown_as_python_writes_it():
    for odd in ('nope', Path('nope')):
        with pytest.raises(FileNotFoundError, match="^'nope' is no folder here"):
            local_folder(odd)


class Surprise:
    "A pickle that creates a file when it is opened."

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return (open, (self.path, 'w'))


@pytest.mark.parametrize('zipped', [True, False])
def test_a_pickle_never_runs(tmp_path, monkeypatch, zipped):
    monkeypatch.setenv('TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD', '1')  # turns PyTorch's own default off
    folder, held = broken(tmp_path, 'gpt2')
    (folder / 'model.safetensors').unlink()
    for bad in (
        {'wte.weight': Surprise(str(tmp_path / 'ran'))},
        Surprise(str(tmp_path / 'ran')),
        {**held, 'x': 1},
        {'model': held},
        [1],
    ):
        torch.save(bad, folder / 'pytorch_model.bin', _use_new_zipfile_serialization=zipped)
        with pytest.raises(ValueError, match='pytorch_model.bin (is damaged|holds more than)'):
            from_pretrained(folder, allow_pickle=True)
    assert not (tmp_path / 'ran').exists()
    torch.load(folder / 'pytorch_model.bin', weights_only=False)
    torch.save(Surprise(str(tmp_path / 'ran')), tmp_path / 'x')
    torch.load(tmp_path / 'x', weights_only=False)
    assert (tmp_path / 'ran').exists()  # it was live


def test_save_keeps_neighbours_and_removes_old_weights(tmp_path):
    folder, _ = broken(tmp_path)
    out = tmp_path / 'out'
    out.mkdir()
    (out / 'tokenizer.json').write_text('{}')
    model = from_pretrained(folder)
    save_pretrained(model, out, max_shard_bytes=30_000, eos_ids=[7, 9])
    assert len([*out.glob('model-*.safetensors')]) > 2 and json.loads(
        (out / 'generation_config.json').read_text()
    )['eos_token_id'] == [7, 9]
    assert (
        max(p.stat().st_size for p in out.glob('*.safetensors')) < 30_000 + 300 * 48 * 4
    )  # a tensor stays whole
    save_pretrained(model, out)
    assert sorted(p.name for p in out.iterdir()) == [
        'config.json',
        'generation_config.json',
        'model.safetensors',
        'tokenizer.json',
    ]
    back = AutoModelForCausalLM.from_pretrained(out)
    assert (back(tokens()).logits - model(tokens())).abs().max() < 1e-5


def test_a_full_disk_leaves_the_old_model(tmp_path, monkeypatch):
    folder, held = broken(tmp_path)
    model = from_pretrained(folder)
    before = {p.name: p.read_bytes() for p in folder.iterdir()}
    calls = []

    def full(*args, **kwargs):
        calls.append(args)
        if len(calls) == 3:
            raise OSError(28, 'No space left on device')
        return save_file(*args, **kwargs)

    monkeypatch.setattr(hub_module, 'save_file', full)
    with pytest.raises(OSError, match='No space left'):
        save_pretrained(model, folder, max_shard_bytes=30_000)
    assert {p.name: p.read_bytes() for p in folder.iterdir()} == before


def test_models_that_are_not_what_they_say(tmp_path):
    model = from_pretrained(stored(tmp_path, 'gpt2')[1])
    model.trf_blocks[0].att.lora_A = torch.nn.Linear(2, 2)
    with pytest.raises(ValueError, match='lora_A'):
        save_pretrained(model, tmp_path / 'no')
    model = from_pretrained(tmp_path / 'theirs')
    model.out_head = torch.nn.Linear(48, 300, bias=False)
    with pytest.raises(ValueError, match='out_head.weight'):
        save_pretrained(model, tmp_path / 'no')
    assert not (tmp_path / 'no').exists()


class Hub(http.server.BaseHTTPRequestHandler):
    "As much of a hub as `huggingface_hub` asks for; the first download of weights breaks off half way."

    protocol_version = 'HTTP/1.1'

    def log_message(self, *args):
        pass

    def do_HEAD(self):
        self.do_GET()

    def answer(self, status, body=b'', **headers):
        self.send_response(status)
        for key, value in (headers | {'Content-Length': len(body)}).items():
            self.send_header(key.replace('_', '-'), value)
        self.end_headers()
        if self.command == 'GET':
            self.wfile.write(body)

    def do_GET(self):
        hub, name, sha = self.server, self.path.split('/')[-1], 'a' * 40
        hub.seen.append((self.command, name, self.headers.get('Range'), self.headers.get('Authorization')))
        if self.path.startswith('/api/models/me/tiny/'):
            files = [
                {'type': 'file', 'path': p, 'rfilename': p, 'size': len(data), 'oid': sha}
                for p, data in hub.files.items()
            ]
            body = (
                {'id': 'me/tiny', 'sha': sha, 'siblings': files} if '/revision/main' in self.path else files
            )
            return self.answer(200, json.dumps(body).encode(), Content_Type='application/json')
        if name not in hub.files or not self.path.startswith('/me/tiny/resolve/'):
            return self.answer(404, X_Error_Code='RepoNotFound')
        data, start = (
            hub.files[name],
            int((self.headers.get('Range') or 'bytes=0-').split('=')[1].split('-')[0]),
        )
        headers = {
            'ETag': f'"{hashlib.sha256(data).hexdigest()}"',
            'X_Repo_Commit': sha,
            'Accept_Ranges': 'bytes',
        }
        if self.command == 'GET' and name.endswith('.safetensors') and not hub.broke:
            hub.broke = True
            self.send_response(200)
            for k, v in (headers | {'Content_Length': len(data)}).items():
                self.send_header(k.replace('_', '-'), v)
            self.end_headers()
            self.wfile.write(data[: len(data) * 2 // 3])
            self.wfile.flush()
            return self.connection.shutdown(socket.SHUT_RDWR)
        if start:
            headers['Content_Range'] = f'bytes {start}-{len(data) - 1}/{len(data)}'
        self.answer(206 if start else 200, data[start:], **headers)


@pytest.fixture
def hub():
    server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), Hub)
    server.files, server.seen, server.broke = {}, [], False
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


LOAD = """
import sys
from llm_book.model.hub import from_pretrained
for source in sys.argv[1:]:                # one line each; a + in front allows pickles
    try: print(sum(float(p.detach().sum()) for p in from_pretrained(source.lstrip('+'), allow_pickle=source[0] == '+').parameters()))
    except (ValueError, OSError) as e: print(f'{type(e).__name__}: {e}')
"""  # noqa: E501


def hub_load(tmp_path, port, *sources, **env):
    "What a process of its own says that loads from our hub (this one is offline)."
    env = (
        {k: v for k, v in os.environ.items() if 'proxy' not in k.lower()}
        | {
            'HF_ENDPOINT': f'http://127.0.0.1:{port}',
            'HF_HOME': str(tmp_path / 'hf'),
            'HF_HUB_OFFLINE': '0',
            'HF_TOKEN': 'hf_secret',
        }
        | env
    )
    done = subprocess.run(
        [sys.executable, '-c', LOAD, *sources],
        env=env,
        capture_output=True,
        text=True,
        timeout=120,
        cwd=tmp_path,
    )
    assert done.returncode == 0 and len(said := done.stdout.splitlines()) == len(sources), (
        done.stdout + done.stderr
    )
    return said


def total(model):
    return sum(float(p.detach().sum()) for p in model.parameters())


def test_hub(tmp_path, hub):
    "A download resumes where it stopped; token, cache, offline; what is not downloaded; errors of one line."
    big = GPT2Config(**CASES['gpt2'][1] | dict(vocab_size=120_000))  # 23 MB: chunks are 10 MB
    AutoModelForCausalLM.from_config(big).save_pretrained(tmp_path / 'theirs')
    hub.files = {p.name: p.read_bytes() for p in (tmp_path / 'theirs').iterdir()} | {
        'modeling.py': b'1/0',
        'pytorch_model.bin': b'!',
    }
    wanted = total(from_pretrained(tmp_path / 'theirs'))
    loaded, unknown = hub_load(tmp_path, hub.server_port, 'me/tiny', 'me/nothing')
    assert float(loaded) == wanted
    got = [(name, rng) for method, name, rng, _ in hub.seen if method == 'GET']
    first, *more = [rng for name, rng in got if name == 'model.safetensors']
    assert first is None and [int(rng.split('=')[1].rstrip('-')) >= 10_000_000 for rng in more] == [True], got
    assert not {name for name, _ in got} & {'modeling.py', 'pytorch_model.bin'}
    assert any(auth == 'Bearer hf_secret' for *_, auth in hub.seen)
    assert (
        unknown.startswith("FileNotFoundError: 'me/nothing' is no folder here, and http")
        and 'HF_ENDPOINT' in unknown
    ), unknown
    before = len(hub.seen)
    loaded, unknown = hub_load(tmp_path, hub.server_port, 'me/tiny', 'me/other', HF_HUB_OFFLINE='1')
    assert float(loaded) == wanted and 'Offline: pass a folder' in unknown and len(hub.seen) == before


def test_hub_out_of_reach(tmp_path):
    (said,) = hub_load(tmp_path, 9, 'me/tiny')
    assert said.startswith(
        "FileNotFoundError: 'me/tiny' is no folder here, and http://127.0.0.1:9 did not give it"
    ), said


def test_a_hub_with_pickles_only(tmp_path, hub):
    model, folder = stored(tmp_path, 'gpt2')
    torch.save(held_in(folder / 'model.safetensors'), folder / 'pytorch_model.bin')
    hub.files = {name: (folder / name).read_bytes() for name in ('config.json', 'pytorch_model.bin')}
    refused, loaded = hub_load(tmp_path, hub.server_port, 'me/tiny', '+me/tiny')
    assert 'holds no model.safetensors' in refused and float(loaded) == pytest.approx(total(model), abs=1e-2)


MEASURE = """
import json, re, sys, threading, time
import torch
from llm_book.model.hub import from_pretrained, save_pretrained
def now(): return int(re.search(r'RssAnon:\\s+(\\d+)', open('/proc/self/status').read())[1]) * 1024
source, dtype, out = sys.argv[1:]
peak, done = 0, False
def watch():
    global peak
    while not done: peak = max(peak, now()); time.sleep(0.001)
threading.Thread(target=watch, daemon=True).start()
base = now()
model = from_pretrained(source, dtype=getattr(torch, dtype) if dtype else None)
kept = now(); peak = max(peak, kept)
size, load = sum(p.nbytes for p in model.parameters()), peak - base
peak = kept
if out: save_pretrained(model, out, max_shard_bytes=2**28)
done = True
print(json.dumps({'size': size, 'load': load / size, 'save': (peak - kept) / size}))
"""


GIGABYTE = {  # about 2**28 parameters each
    'gpt2': GPT2Config(n_embd=1024, n_layer=16, n_head=16),
    'qwen3': Qwen3Config(
        hidden_size=1024,
        num_hidden_layers=12,
        vocab_size=50_000,
        intermediate_size=3072,
        num_attention_heads=16,
        num_key_value_heads=8,
    ),
    'qwen3-tied': Qwen3Config(
        hidden_size=1024,
        num_hidden_layers=10,
        vocab_size=100_000,
        intermediate_size=3072,
        num_attention_heads=16,
        num_key_value_heads=8,
        tie_word_embeddings=True,
    ),
    'qwen3-24-layers': Qwen3Config(
        hidden_size=1024,
        num_hidden_layers=24,
        vocab_size=100_000,
        intermediate_size=3072,
        num_attention_heads=16,
        num_key_value_heads=8,
    ),
    'moe': Qwen3MoeConfig(
        hidden_size=1024,
        num_hidden_layers=4,
        vocab_size=50_000,
        num_attention_heads=16,
        num_experts=42,
        num_key_value_heads=4,
        moe_intermediate_size=768,
        head_dim=64,
    ),
}


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != 'linux', reason='reads /proc')
@pytest.mark.parametrize(
    'kind,stored_as,dtype',
    [
        ('gpt2', 'float32', ''),
        ('qwen3', 'float32', ''),
        ('qwen3-tied', 'float32', ''),
        ('qwen3-24-layers', 'bfloat16', ''),
        ('qwen3-24-layers', 'bfloat16', 'float32'),
        ('moe', 'bfloat16', ''),
    ],
)
def test_memory_of_a_gigabyte(tmp_path, kind, stored_as, dtype):
    "Loading takes at most 1.15 times the model in anonymous memory; saving at most one shard more."
    cfg = config_from_hf(GIGABYTE[kind].to_dict())
    model, places = meta_model(cfg)
    shapes = {
        name: transpose_conv1d(name, model.get_parameter(mine), family_of(cfg).transposed).shape
        for name, mine in places.items()
    }
    save_file(
        {name: torch.full(shape, 0.5, dtype=getattr(torch, stored_as)) for name, shape in shapes.items()},
        tmp_path / 'model.safetensors',
    )
    (tmp_path / 'config.json').write_text(json.dumps(hf_config(cfg)))
    assert (tmp_path / 'model.safetensors').stat().st_size > 0.9e9
    done = subprocess.run(
        [sys.executable, '-c', MEASURE, str(tmp_path), dtype, str(tmp_path / 'out')],
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    ratio = json.loads(done.stdout)
    print(f'{kind} {stored_as} as {dtype or stored_as}: {ratio}')
    assert ratio['load'] <= 1.15 and ratio['save'] <= 0.35, ratio
