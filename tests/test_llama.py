"Llama against transformers: random shapes, every gradient, saving, adapters, generation; what is refused."

import json
import random

import pytest
import torch
from safetensors.torch import load_file
from torch.nn import functional as F
from transformers import AutoModelForCausalLM, LlamaConfig as HFConfig

from llm_book.infer.decoding import generate
from llm_book.model.families import build_model, config_from_hf, hf_config
from llm_book.model.hub import from_pretrained, save_pretrained
from llm_book.model.llama import LlamaConfig, LlamaModel
from llm_book.model.weights import meta_model
from llm_book.train.memory import memory_plan
from llm_book.tune.lora import add_lora, lora_layers, save_adapter
from llm_book.tune.peft_files import load_adapter

SMALL = LlamaConfig(97, 64, 48, 4, 2, 10, 80, 2, rope_factor=4.0, rope_original_context=16)


def random_config(seed):
    "A shape in which nothing coincides: odd sizes, tied and untied, stretched and plain positions."
    r = random.Random(seed)
    groups, heads_each = r.choice([1, 2, 3, 5]), r.choice([1, 2, 3])
    rope = {'rope_type': 'default', 'rope_theta': r.choice([1e4, 1e5, 5e5])}
    if seed % 2:
        low = r.choice([0.5, 1.0, 2.0])
        rope |= {
            'rope_type': 'llama3',
            'factor': r.choice([2.0, 8.0, 32.0]),
            'low_freq_factor': low,
            'high_freq_factor': low + r.choice([1.0, 3.0]),
            'original_max_position_embeddings': r.choice([8, 16, 32]),
        }
    return HFConfig(
        vocab_size=r.choice([97, 130, 301]),
        hidden_size=groups * heads_each * r.choice([3, 5, 8]),
        num_hidden_layers=r.choice([1, 2, 3]),
        num_attention_heads=groups * heads_each,
        num_key_value_heads=groups,
        head_dim=r.choice([2, 6, 10, 14, 22]),
        intermediate_size=r.choice([31, 64, 90]),
        max_position_embeddings=64,
        tie_word_embeddings=seed % 4 < 2,
        rms_norm_eps=r.choice([1e-6, 1e-5, 1e-2]),
        rope_parameters=rope,
        bos_token_id=None,
        eos_token_id=None,
    )


def theirs(seed):
    torch.manual_seed(seed)
    model = AutoModelForCausalLM.from_config(random_config(seed), attn_implementation='sdpa').eval()
    for name, p in model.named_parameters():
        torch.nn.init.normal_(p, mean=1.0 if 'norm' in name else 0.0, std=0.2)
    return model


def as_v4(folder):
    "The config as transformers 4 wrote it."
    config = json.loads((folder / 'config.json').read_text())
    rope = config.pop('rope_parameters')
    config |= {
        'rope_theta': rope.pop('rope_theta'),
        'rope_scaling': rope if rope['rope_type'] != 'default' else None,
    }
    (folder / 'config.json').write_text(json.dumps(config))


def test_the_random_shapes_differ():
    configs = [random_config(seed) for seed in range(20)]
    assert {c.tie_word_embeddings for c in configs} == {True, False}
    assert {c.rope_parameters['rope_type'] for c in configs} == {'default', 'llama3'}
    assert {(c.tie_word_embeddings, c.rope_parameters['rope_type']) for c in configs} >= {
        (True, 'llama3'),
        (False, 'llama3'),
    }
    assert any(c.head_dim * c.num_attention_heads != c.hidden_size for c in configs)


@pytest.mark.parametrize('seed', range(20))
def test_parity(tmp_path, seed):
    "Logits, loss, the gradient of every parameter, and the way back, tensor by tensor."
    hf = theirs(seed)
    hf.save_pretrained(tmp_path / 'theirs')
    if seed % 3 == 0:
        as_v4(tmp_path / 'theirs')
    ours = from_pretrained(tmp_path / 'theirs')
    assert type(ours) is LlamaModel
    x = torch.randint(hf.config.vocab_size, (2, 40), generator=torch.Generator().manual_seed(seed))
    a, b = hf(x).logits, ours(x)
    assert a.std() > 0.1 and (a - b).abs().max() <= 2e-5 * max(1, a.abs().max().item()), (a - b).abs().max()
    wanted = F.cross_entropy(a[:, :-1].flatten(0, 1), x[:, 1:].flatten(), reduction='sum')
    loss, n = ours(x[:, :-1], targets=x[:, 1:])
    assert n == 78 and abs(loss / wanted - 1) < 1e-5
    wanted.backward()
    loss.backward()
    places = meta_model(ours.cfg)[1]
    assert {*places.values()} == {n for n, _ in ours.named_parameters()}
    for name, mine in places.items():
        grad = hf.get_parameter(name).grad
        assert (grad - ours.get_parameter(mine).grad).norm() <= 1e-4 * grad.norm() + 1e-6, name
    save_pretrained(ours, tmp_path / 'back')
    there, back = (
        load_file(tmp_path / 'theirs' / 'model.safetensors'),
        load_file(tmp_path / 'back' / 'model.safetensors'),
    )
    assert there.keys() == back.keys() and all(torch.equal(t, back[k]) for k, t in there.items())
    assert not any('bias' in k for k in back)
    again, info = AutoModelForCausalLM.from_pretrained(
        tmp_path / 'back', output_loading_info=True, attn_implementation='sdpa'
    )
    assert not any(info.values()) and type(again).__name__ == 'LlamaForCausalLM', info
    with torch.no_grad():
        assert torch.equal(again(x).logits, hf(x).logits)
    assert (
        from_pretrained(tmp_path / 'back').cfg
        == ours.cfg
        == config_from_hf(json.loads(json.dumps(hf_config(ours.cfg))))
    )


@pytest.mark.parametrize(
    'changes,message',
    [
        ({'attention_bias': True}, 'attention_bias is True; our llama does only False'),
        ({'mlp_bias': True}, 'mlp_bias is True'),
        ({'hidden_act': 'gelu'}, 'hidden_act'),
        ({'rope_scaling': {'type': 'linear', 'factor': 2.0}}, "'linear' with factor"),
        ({'rope_scaling': {'rope_type': 'yarn', 'factor': 2.0}}, "'yarn'"),
        ({'rope_scaling': {'rope_type': 'llama3'}}, "'llama3' without"),
        (
            {
                'rope_scaling': {
                    'rope_type': 'llama3',
                    'factor': 0.5,
                    'low_freq_factor': 1.0,
                    'high_freq_factor': 4.0,
                    'original_max_position_embeddings': 8,
                }
            },
            'shrinks',
        ),
        ({'pretraining_tp': 2}, 'pretraining_tp'),
        ({'quantization_config': {'quant_method': 'gptq'}}, 'quantization_config'),
        ({'num_attention_heads': 5}, '5 query heads do not split|wrong shape'),
        ({'head_dim': 7}, 'head_dim 7 is odd'),
    ],
)
def test_configs_that_are_refused(tmp_path, changes, message):
    save_pretrained(build_model(SMALL), tmp_path)
    config = json.loads((tmp_path / 'config.json').read_text())
    if 'rope_scaling' in changes:
        config.pop('rope_parameters')
    (tmp_path / 'config.json').write_text(json.dumps(config | changes))
    with pytest.raises(ValueError, match=message):
        from_pretrained(tmp_path)


def randomised(cfg=SMALL):
    torch.manual_seed(0)
    model = build_model(cfg)
    for p in model.parameters():
        torch.nn.init.normal_(p, std=0.3)
    return model.eval()


def test_adapters_are_pefts(tmp_path):
    from peft import PeftModel

    model, x = randomised(), torch.randint(97, (2, 20))
    save_pretrained(model, tmp_path / 'base')
    plain = model(x)
    add_lora(model, 3)
    assert {name.rpartition('.')[2] for name in lora_layers(model)} == {
        'W_q',
        'W_k',
        'W_v',
        'out_proj',
        'gate',
        'up',
        'down',
    }
    for layer in lora_layers(model).values():
        torch.nn.init.normal_(layer.lora_B.weight, std=0.3)
    save_adapter(model, tmp_path / 'adapter', str(tmp_path / 'base'))
    hf = PeftModel.from_pretrained(
        AutoModelForCausalLM.from_pretrained(tmp_path / 'base'), tmp_path / 'adapter'
    ).eval()
    with torch.no_grad():
        assert (hf(x).logits - model(x)).abs().max() < 1e-3 and (model(x) - plain).abs().max() > 0.1
        assert torch.equal(
            load_adapter(from_pretrained(tmp_path / 'base'), tmp_path / 'adapter')(x), model(x)
        )


def test_generation_with_the_cache_is_transformers(tmp_path):
    model, prompt = randomised(), torch.randint(97, (1, 9))
    save_pretrained(model, tmp_path)
    hf = AutoModelForCausalLM.from_pretrained(tmp_path)
    wanted = hf.generate(
        prompt, attention_mask=torch.ones_like(prompt), max_new_tokens=40, do_sample=False, pad_token_id=0
    )
    assert generate(model, prompt[0].tolist(), 40, temperature=0)[0] == wanted[0, 9:].tolist()


@pytest.mark.parametrize('precision', ['fp32', 'bf16'])
def test_the_plan_is_what_a_block_saves(precision):
    from dataclasses import replace
    from llm_book.train.memory import autocast, saved_bytes

    kept, ids = [], torch.randint(97, (3, 16))
    for layers in (2, 3):
        model = build_model(replace(SMALL, n_layers=layers))

        def forward():
            with autocast('cpu', precision):
                model(ids, targets=ids)

        kept.append(saved_bytes(forward))
    casts = 2 * sum(p.numel() for p in model.trf_blocks[2].parameters() if p.ndim > 1) * (precision == 'bf16')
    from llm_book.model.families import family_of

    assert (kept[1] - kept[0] - casts) / 48 == family_of(SMALL).block_bytes(SMALL, 0, precision == 'bf16')
    assert memory_plan(SMALL, 2, 16)['weights'] == 4 * sum(p.numel() for p in model.parameters()) - 4 * sum(
        p.numel() for p in model.trf_blocks[2].parameters()
    )
