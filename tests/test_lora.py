"LoRA against PEFT: all families, the Trainer, two ranks, a 16-bit base; files that are no adapters."

import copy
import json
import os
import subprocess
import sys
from dataclasses import replace
from types import SimpleNamespace

import cloudpickle
import peft
import pytest
import torch
from llm_book.tune import lora
from llm_book.bench.models import hf_copy
from llm_book.bench.steps import FixedLoader
from llm_book.train.checkpoint_metadata import read_dcp_metadata
from llm_book.train.checkpoints import checkpoint_tensors, checkpoints
from llm_book.train.distributed import DDP, FSDP, RankProcesses
from llm_book.model.families import build_model
from llm_book.model.gpt import GPTConfig
from llm_book.core.parser import parse_config
from llm_book.tune.lora import (
    LoraConfig,
    add_lora,
    adapter_tensors,
    base_fingerprint,
    lora_config,
    lora_layers,
    merge_lora,
    save_adapter,
    unmerge_lora,
)
from llm_book.tune.peft_files import load_adapter
from llm_book.train.optim import make_optimizer
from llm_book.model.qwen_config import QwenConfig, qwen2
from llm_book.train.strategy import SingleProcess
from llm_book.train.trainer import Trainer
from llm_book.train.config import TrainConfig
from llm_book.model.hub import from_pretrained, save_pretrained
from torch import nn
from transformers import AutoModelForCausalLM

QWEN = QwenConfig(97, 32, 48, 4, 2, 16, 80, 2)
SHAPES = {
    'gpt2': GPTConfig(97, 32, 48, 4, 2, 0.0),
    'gpt2-untied-unbiased': GPTConfig(97, 32, 48, 4, 2, 0.0, False, False),
    'qwen2': qwen2(48, 4, 2, 80, 2, vocab_size=97, context_length=32, tie_embeddings=False),
    'qwen3': QWEN,
    'qwen3-untied': replace(QWEN, tie_embeddings=False, n_kv_groups=1),
    'qwen3-one-layer': replace(QWEN, n_layers=1),
    'moe': replace(QWEN, n_experts=4, n_active=2, expert_dim=16),
}
cloudpickle.register_pickle_by_value(sys.modules[__name__])  # the ranks cannot import a test
TOKENS = torch.arange(40).view(2, 20) * 7 % 97
TARGETS = {
    'gpt2': ['out_proj'],
    'gpt2-untied-unbiased': ['W_qkv', 'out_head'],
    'qwen2': ['gate', 'W_v'],
    'qwen3': [],
    'qwen3-untied': ['lm_head', 'trf_blocks.1.ff.down'],
    'qwen3-one-layer': ['W_q'],
    'moe': [],
}


def make(name, seed=0):
    "A model with every number random."
    torch.manual_seed(seed)
    cfg = SHAPES[name]
    model = build_model(cfg)
    for p in model.parameters():
        nn.init.normal_(p, std=0.2)
    return model.eval()


def awake(model, r=4, **more):
    torch.manual_seed(1)
    for m in lora_layers(add_lora(model, r, **more)).values():
        nn.init.normal_(m.lora_B.weight, std=0.3)
    return model


def far(a, b):
    return (a - b).abs().max().item()


@pytest.mark.parametrize('name', SHAPES)
def test_peft_agrees(name, tmp_path):
    model, base = make(name), make(name)
    save_pretrained(base, tmp_path / 'base')
    theirs = AutoModelForCausalLM.from_pretrained(tmp_path / 'base').eval()
    save_adapter(
        awake(model, targets=TARGETS[name], alpha=6.0), tmp_path / 'adapter', base=str(tmp_path / 'base')
    )
    settings = json.loads((tmp_path / 'adapter' / 'adapter_config.json').read_text())
    assert settings['fan_in_fan_out'] == name.startswith('gpt2') and settings[
        'base_model_name_or_path'
    ] == str(tmp_path / 'base')
    with torch.no_grad():
        ours, before = model(TOKENS), base(TOKENS)
    assert far(ours, before) > 0.03
    with_peft = peft.PeftModel.from_pretrained(theirs, tmp_path / 'adapter')
    with torch.no_grad():
        assert far(with_peft(TOKENS).logits, ours) < 1e-4
    with_peft.save_pretrained(tmp_path / 'again')  # PEFT writes, we read
    again = load_adapter(base, tmp_path / 'again')
    with torch.no_grad():
        assert torch.equal(again(TOKENS), ours)
    assert lora_config(again) == lora_config(model)
    save_pretrained(merge_lora(model), tmp_path / 'merged')
    merged = AutoModelForCausalLM.from_pretrained(tmp_path / 'merged').eval()
    with torch.no_grad():
        assert far(merged(TOKENS).logits, ours) < 1e-4
    with torch.no_grad():
        assert torch.equal(unmerge_lora(model)(TOKENS), ours)
    with torch.no_grad():
        assert far(with_peft.merge_and_unload()(TOKENS).logits, ours) < 1e-4


@pytest.mark.parametrize(
    'more',
    [
        dict(use_dora=True),
        dict(init_lora_weights='pissa'),
        dict(modules_to_save=['lm_head']),
        dict(bias='all'),
        dict(rank_pattern={'q_proj': 2}),
        dict(trainable_token_indices=[1, 2]),
    ],
    ids=lambda d: min(d),
)
def test_what_peft_can_and_we_cannot_is_refused(more, tmp_path):
    model = make('qwen3-untied')
    kind = peft.LoraConfig(r=4, target_modules=['q_proj'], task_type='CAUSAL_LM', **more)
    peft.get_peft_model(hf_copy(model), kind).save_pretrained(tmp_path / 'theirs')
    with pytest.raises(ValueError, match='asks for|changes the base') as e:
        load_adapter(model, tmp_path / 'theirs')
    assert min(more) in str(e.value) and not lora_layers(model)


def test_experts_and_routers(tmp_path):
    "Only when they are named; their adapters go through our own files."
    assert not any('expert' in n or 'router' in n for n in lora_layers(add_lora(make('moe'), 2)))
    model, base = awake(make('moe'), targets=['down', 'router']), make('moe')
    assert len(lora_layers(model)) == 2 * 4 + 2
    save_adapter(model, tmp_path)
    with torch.no_grad():
        assert torch.equal(load_adapter(copy.deepcopy(base), tmp_path)(TOKENS), model(TOKENS))
        assert (
            far(merge_lora(model)(TOKENS), unmerge_lora(model)(TOKENS)) < 1e-4
            and far(model(TOKENS), base(TOKENS)) > 0.1
        )


def test_base_in_16_bits(tmp_path):
    "The adapter is fp32 and trains, the base stays fixed; a base in two dtypes has one fingerprint."
    exact = make('qwen3')
    save_pretrained(exact.bfloat16(), tmp_path / 'half')
    half, wide = from_pretrained(tmp_path / 'half'), from_pretrained(tmp_path / 'half', torch.float32)
    assert half.tok_emb.weight.dtype == torch.bfloat16 and base_fingerprint(half) == base_fingerprint(wide)
    frozen = {n: p.clone() for n, p in half.named_parameters()}
    optimizer = make_optimizer(add_lora(half, 4), TrainConfig(learning_rate=0.01, weight_decay=0.0))
    losses = []
    for _ in range(20):
        loss, n = half(TOKENS, targets=TOKENS.roll(-1, 1))
        (loss / n).backward()
        optimizer.step()
        optimizer.zero_grad()
        losses.append((loss / n).item())
    assert losses[-1] < 0.8 * losses[0] and all(
        torch.equal(p, half.get_parameter(n)) for n, p in frozen.items()
    )
    assert {p.dtype for n, p in half.named_parameters() if 'lora_' in n} == {torch.float32}
    save_adapter(half, tmp_path / 'adapter')
    load_adapter(wide, tmp_path / 'adapter')  # not refused: it is the same base
    theirs = peft.PeftModel.from_pretrained(
        AutoModelForCausalLM.from_pretrained(tmp_path / 'half', dtype=torch.bfloat16), tmp_path / 'adapter'
    )
    with torch.no_grad():
        scale = wide(TOKENS).abs().max().item()
        assert (
            far(half(TOKENS).float(), wide(TOKENS)) < 0.05 * scale
            and far(theirs(TOKENS).logits.float(), wide(TOKENS)) < 0.05 * scale
        )
        assert merge_lora(half).trf_blocks[0].att.W_q.weight.dtype == torch.bfloat16


SETTINGS = dict(
    max_steps=8,
    batch_size=4,
    learning_rate=0.01,
    warmup_steps=2,
    weight_decay=0.1,
    eval_freq=4,
    save_step=4,
    precision='fp32',
    schedule='constant',
)


class Rows(FixedLoader):
    "Four batches of 4 rows in 2 micro-batches, this rank's share of each."

    def __init__(self, rank=0, world_size=1):
        draws = torch.Generator().manual_seed(3)
        super().__init__([torch.randint(97, (4, 21), generator=draws) for _ in range(4)])
        self.rank, self.n = rank, world_size

    def batch(self, step):
        rows = super().batch(step)[0][self.rank :: self.n]
        return [(r[:, :-1], r[:, 1:]) for r in rows.split(1)]

    def eval_batches(self):
        return self.batch(0)


def trainer(folder=None, strategy=None, head=False, name='qwen3', **more):
    "A run with an adapter; with `head`, a fresh one that is trained too, as in classification."
    torch.manual_seed(5 + (strategy.rank if strategy else 0))
    model = add_lora(make(name), 4, dropout=more.pop('dropout', 0.0))
    if head:
        model.cfg = replace(model.cfg, tie_embeddings=False)
        model.out_head = nn.Linear(48, 97)
    strategy = strategy or SingleProcess()
    model, c = strategy.prepare(model), TrainConfig(**SETTINGS | more)
    rows = Rows(strategy.rank, strategy.world_size)
    return Trainer(model, rows, rows, make_optimizer(model, c), c, strategy, folder=folder)


@pytest.mark.parametrize('optimizer', ['adamw', 'lion', 'torch.optim:NAdam'])
def test_a_run_goes_on_as_if_nothing_had_happened(tmp_path, optimizer):
    whole, first, second = (
        trainer(tmp_path / run, dropout=0.2, optimizer=optimizer) for run in ('whole', 'parts', 'parts')
    )
    val = whole.train()
    first.max_steps = 4
    first.train()
    second.load_checkpoint(checkpoints(tmp_path / 'parts')[-1])
    assert second.step == 4 and second.train() == val
    a, b = adapter_tensors(whole.model), adapter_tensors(second.model)
    assert all(torch.equal(a[k], b[k]) for k in a) and any(t.any() for k, t in a.items() if 'lora_B' in k)
    table = read_dcp_metadata(checkpoints(tmp_path / 'whole')[-1]).state_dict_metadata
    assert {k.split('.')[-2 if k.startswith('model.') else -3] for k in table} == {
        'lora_A',
        'lora_B',
    }  # the adapter, not the base


def test_memory_savers_change_nothing():
    plain, twice, muon = trainer(), trainer(checkpoint_activations=True), trainer(optimizer='muon')
    rows = [[t.train_step() for _ in range(3)] for t in (plain, twice, muon)]
    for a, b in zip(rows[0], rows[1]):
        assert float(a['loss']) == pytest.approx(float(b['loss']), abs=1e-5)
    assert rows[2][-1]['loss'] < rows[2][0]['loss'] + 0.5 and {
        g['kind'] for g in muon.optimizer.param_groups
    } == {'matrix'}


@pytest.fixture(scope='module')
def two():
    ranks = RankProcesses(2)
    yield ranks
    ranks.close()


def on_ranks(strategy, folder, head, name):
    "Steps on two ranks; the losses, and what rank 0 gathers."
    t = trainer(strategy=strategy(), head=head, name=name)
    losses = [float(t.train_step()['loss']) for _ in range(4)]
    if not head:
        save_adapter(t.model, folder)
    whole = t.strategy.gather_full_model(t.model)
    held = {n.split('.')[-2] for n in checkpoint_tensors(t.model, t.optimizer) if n.startswith('model.')}
    if whole is None:
        return losses, None, held
    names = {n for n, p in whole.named_parameters() if p.requires_grad}
    with torch.no_grad():
        apart = whole.eval()(TOKENS)
    with torch.no_grad():
        return losses, (apart, merge_lora(whole)(TOKENS), names), held


@pytest.mark.parametrize('strategy', [DDP, FSDP], ids=['ddp', 'fsdp'])
@pytest.mark.parametrize('head,name', [(False, 'qwen3'), (False, 'gpt2'), (True, 'qwen3')])
def test_two_ranks_train_as_one(two, strategy, head, name, tmp_path):
    one = trainer(head=head, name=name)
    losses = [float(one.train_step()['loss']) for _ in range(4)]
    (mine, (apart, merged, learned), held), (theirs, nothing, _) = two(
        on_ranks, strategy, tmp_path / 'adapter', head, name
    )
    assert mine == theirs == pytest.approx(losses, abs=1e-4) and nothing is None
    with torch.no_grad():
        assert far(one.model.eval()(TOKENS), apart) < 1e-3 and far(apart, merged) < 1e-4
    assert learned == {n for n, p in one.model.named_parameters() if p.requires_grad}
    assert held == {'lora_A', 'lora_B'} | ({'out_head'} if head else set())
    if head:
        with pytest.raises(ValueError, match='more was trained than the adapter: out_head.bias'):
            save_adapter(one.model, tmp_path / 'x')
    else:  # its fingerprint was taken from shards: it is that of the base
        with torch.no_grad():
            assert far(load_adapter(make(name), tmp_path / 'adapter')(TOKENS), apart) < 1e-5


def test_an_adapter_switched_off_in_training_is_the_base():
    "Dropout of the adapter touches neither the frozen part nor, while B is zero, anything."
    model, base = add_lora(make('gpt2'), 4, dropout=0.5).train(), make('gpt2').train()
    assert torch.equal(model(TOKENS), base(TOKENS))
    awake_model = awake(make('gpt2'), dropout=0.5).train()
    assert not torch.equal(awake_model(TOKENS), awake_model(TOKENS))
    assert torch.equal(awake_model.eval()(TOKENS), awake_model(TOKENS))


def test_merged_for_good():
    model = awake(make('qwen3'))
    with torch.no_grad():
        before = model(TOKENS)
    merge_lora(model, keep=False)
    with pytest.raises(ValueError, match='not merged, or merged with keep=False'):
        unmerge_lora(model)
    add_lora(model, 2)  # another one on top
    with torch.no_grad():
        assert far(model(TOKENS), before) < 1e-4


@pytest.mark.parametrize(
    'file,content,says',
    [
        ('adapter_config.json', b'{"peft_type": ', 'not readable as JSON'),
        ('adapter_config.json', b'[]', 'holds no'),
        ('adapter_model.safetensors', b'\x08\x00', 'damaged'),
        ('adapter_config.json', None, 'holds no adapter_config.json'),
        ('adapter_model.safetensors', None, 'holds no adapter_model.safetensors'),
        ('adapter_config.json', b'{"peft_type": "LORA", "r": "4"}', 'have to be numbers'),
    ],
)
def test_hostile_files(file, content, says, tmp_path):
    save_adapter(awake(make('gpt2')), tmp_path)
    (tmp_path / file).unlink()
    if content is not None:
        (tmp_path / file).write_bytes(content)
    model = make('gpt2')
    with pytest.raises((ValueError, FileNotFoundError), match=says):
        load_adapter(model, tmp_path)
    assert not lora_layers(model)


def test_a_refused_adapter_leaves_the_one_that_is_there(tmp_path):
    save_adapter(awake(make('gpt2'), 2), tmp_path / 'other')
    model = awake(make('gpt2'))
    held = {k: t.clone() for k, t in adapter_tensors(model).items()}
    with pytest.raises(ValueError, match='another adapter than the one'):
        load_adapter(model, tmp_path / 'other')
    assert all(torch.equal(t, held[k]) for k, t in adapter_tensors(model).items())


def test_a_save_that_fails_leaves_the_old_one(tmp_path, monkeypatch):
    model = awake(make('gpt2'))
    save_adapter(model, tmp_path)
    with torch.no_grad():
        old = model(TOKENS)

    def full_disk(*args):
        raise OSError('no space left')

    monkeypatch.setattr(lora, 'write_tensors', full_disk)
    for m in lora_layers(model).values():
        nn.init.zeros_(m.lora_B.weight)
    with pytest.raises(OSError):
        save_adapter(model, tmp_path)
    with torch.no_grad():
        assert torch.equal(load_adapter(make('gpt2'), tmp_path)(TOKENS), old)


def test_a_group_of_a_command():
    groups = {'': SimpleNamespace, 'lora': LoraConfig}
    read = lambda *argv: parse_config({k: v for k, v in groups.items() if k}, {}, [*argv], 'x', 'x')['lora']
    assert read() == LoraConfig() and read('--lora.r', '8', '--lora.targets', '["W_q"]') == LoraConfig(
        8, targets=('W_q',)
    )
    with pytest.raises(ValueError, match='lora.alpha'):
        LoraConfig(8, alpha=-1.0)


@pytest.mark.parametrize('umask,mode', [(0o022, 0o644), (0o027, 0o640), (0o077, 0o600)])
def test_adapter_files_have_the_mode_of_any_new_file(tmp_path, umask, mode):
    before = os.umask(umask)
    try:
        save_adapter(add_lora(build_model(SHAPES['gpt2']), 2), tmp_path / 'adapter')
    finally:
        os.umask(before)
    modes = {p.name: p.stat().st_mode & 0o777 for p in (tmp_path / 'adapter').iterdir()}
    assert modes == {'adapter_config.json': mode, 'adapter_model.safetensors': mode}


def test_import_is_light():
    code = (
        'import sys, llm_book.tune.peft_files; '
        'print(*({"peft", "transformers", "matplotlib"} & sys.modules.keys()))'
    )
    assert (
        subprocess.run(
            [sys.executable, '-c', code], capture_output=True, text=True, check=True
        ).stdout.strip()
        == ''
    )


@pytest.mark.slow
def test_bench_suite(run, tmp_path):
    args = [
        '--rank',
        '4',
        '--steps',
        '2',
        '--warmup',
        '2',
        '--repeats',
        '2',
        '--threads',
        '1',
        '--device',
        'cpu',
    ]
    out = run(
        'llm_book.bench', 'lora', '--case', 'tiny-gpt2', '--peers', 'peft', *args, '--json', 'found.json'
    ).stdout
    found = json.loads((tmp_path / 'found.json').read_text())
    assert [r['case'] for r in found['records']] == ['tiny-gpt2'] and found['records'][0]['same_losses']
    assert [*found['records'][0]['contestants']] == ['llm_book', 'peft'] and 'as fast as peft' in out
