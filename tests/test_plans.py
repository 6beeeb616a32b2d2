"Before a run: plans, initial weights, overfitting a batch, resuming with other settings."

import json
import os
import shutil
from dataclasses import replace

import pytest
import torch
from conftest import PRETRAINING, TINY
from llm_book.core.paths import run_dir
from llm_book.core.runs import finish_run, write_settings
from llm_book.model import attention, gpt
from llm_book.data import batches
from llm_book.data.corpus import DataConfig, estimate_tokens, training_texts
from llm_book.data.jobs import Options
from llm_book.data.pretokenize import pretokenize
from llm_book.text.tokenizer_files import get_tokenizer
from llm_book.train.checkpoints import checkpoints
from llm_book.model.families import build_model, hf_config
from llm_book.pretrain import build_pretraining, pretrain_settings, export_model, overfit_batches
from llm_book.train.memory import memory_plan
from llm_book.train.preflight import dry_run, lacks_memory
from llm_book.train.setup import row_length
from llm_book.train.base_models import init_from
from llm_book.train.sizing import best_split, chinchilla_loss, training_plan

TOPICS = ['model', 'data', 'steps', 'memory', 'compute', 'sizing', 'time']


def first_loss(folder):
    return json.loads((folder / 'metrics.jsonl').read_text().splitlines()[0])['loss']


@pytest.fixture
def here(tmp_path, monkeypatch):
    "An empty project for calls within this process."
    monkeypatch.setenv('LLM_PROJECT_ROOT', str(tmp_path))
    monkeypatch.setenv('LLM_BOOK_MIRROR', '')
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_dry_run_says_all_and_writes_nothing(run, tmp_path):
    out = run('llm_book.pretrain', '--dry_run', *TINY).stdout
    assert [line.split()[0] for line in out.splitlines()] == TOPICS and 'this CPU' in out
    assert not list(tmp_path.iterdir())
    steps = int(next(line for line in out.splitlines() if line.startswith('steps')).split()[1])
    assert f'{steps} steps of 8' in run('llm_book.pretrain', *TINY).stdout


def test_a_dry_run_refuses_what_the_run_would(here):
    def planned(*args):
        return dry_run(pretrain_settings([*TINY, '--data.n_train', '64', *args]))

    base = run_dir('pretraining', 'base')
    write_settings(base, {'run': 'base'})
    with pytest.raises(ValueError, match='is not finished'):
        planned('--init_from', 'base')
    finish_run(base)
    with pytest.raises(FileNotFoundError, match='holds no config.json'):
        planned('--init_from', 'base')
    small = pretrain_settings(TINY).model
    (base / 'model').mkdir()
    (base / 'model' / 'config.json').write_text(json.dumps(hf_config(replace(small, n_layers=7))))
    with pytest.raises(ValueError, match='holds another model: n_layers 7 there'):
        planned('--init_from', 'base')
    (base / 'model' / 'config.json').write_text(json.dumps(hf_config(small)))
    (here / 'a.txt').write_text('The dog sleeps under the old oak tree. ' * 500)
    (here / 'empty').mkdir()
    text = ['--data.train_path', 'a.txt', '--data.tokenizer', 'bytes', '--model.config.vocab_size', '300']
    for args, says in (
        (['--resume', 'latest'], '--resume latest: use auto, never'),
        (['--resume', 'empty'], 'is a run of format 0'),
        (['--init_from', 'empty'], 'holds no config.json'),
        ([*text, '--data.val_path', 'no.txt'], 'no text at no.txt'),
        ([*text, '--data.val_path', 'empty'], 'no text at empty'),
    ):
        with pytest.raises((ValueError, FileNotFoundError), match=says):
            planned(*args)
    assert len(planned('--init_from', 'base', '--resume', 'auto')) == len(TOPICS)
    assert len(planned('--resume', str(base))) == len(TOPICS)
    assert len(planned(*text, '--data.val_path', 'tinyshakespeare')) == len(TOPICS)  # not fetched
    assert planned('--init_from', 'some/model')[-1].endswith('the run will ask the hub for it')
    assert sorted(p.name for p in here.iterdir()) == ['a.txt', 'empty', 'logs']


def test_a_step_that_no_memory_holds(here):
    s = pretrain_settings([*TINY, '--training.batch_size', str(10**10)])
    with pytest.raises(
        ValueError, match=r'10,000,000,000 rows at a time needs .* lower training.micro_batch'
    ):
        build_pretraining(s)
    assert not list(here.glob('logs/pretraining/*/run.json'))
    assert 'lower training.micro_batch_size' in dry_run(s)[-1]
    few = replace(s, training=replace(s.training, micro_batch_size=4))
    assert len(dry_run(few)) == len(TOPICS)


@pytest.mark.parametrize('room,fits', [(0.9, True), (0.8, False)])  # of what the plan says
def test_a_plan_that_is_too_high_refuses_no_step(here, monkeypatch, room, fits):
    s = pretrain_settings(TINY)
    c, T = s.training, row_length(s)
    plan = memory_plan(s.model, c.batch_size, T, c.optimizer, c.precision, c.checkpoint_activations)
    monkeypatch.setattr('llm_book.train.preflight.device_bytes', lambda device: room * sum(plan.values()))
    assert (lacks_memory(s, T, torch.device('cpu')) == '') is fits


@pytest.mark.parametrize('name', PRETRAINING)
def test_every_config_has_a_plan(here, name):
    s = pretrain_settings(['--config', name])
    if not (known := (s.data.train_path or '')).startswith('data/'):
        path = []
    else:
        (here / known).mkdir(parents=True)
        for i in range(3):
            lines = (json.dumps({'text': f'第{i}章，第{k}句。' * 40}, ensure_ascii=False) for k in range(60))
            (here / known / f'{i}.jsonl').write_text('\n'.join(lines))
        path = ['--training.max_steps', '20']
    s = pretrain_settings(['--config', name, *path])
    before = sorted(here.rglob('*'))
    lines = training_plan(s.model, s.training, s.data, row_length(s), torch.device('cpu'))
    assert [line.split()[0] for line in lines] == TOPICS and sorted(here.rglob('*')) == before
    assert s.training.compile is None and s.training.precision == 'auto'
    with torch.device('meta'):
        model = build_model(s.model)
    assert f'{gpt.n_params(model):,} parameters' in lines[0]


def test_forecast_of_text_is_what_comes_out(run, here):
    text = '\n'.join(f'The dog {i} sleeps under the old oak tree.' for i in range(3000))
    (here / 'book.txt').write_text(text)
    args = [
        '--data.train_path',
        'book.txt',
        '--model.config.vocab_size',
        '400',
        '--model.config.context_length',
        '64',
    ]
    s = pretrain_settings([*TINY, *args])
    samples, tokens, _ = estimate_tokens(s.data, 400, 64)
    real = int(
        run('llm_book.pretrain', *TINY, *args, '--training.max_steps', '1')
        .stdout.split(' training samples')[0]
        .split()[-1]
        .replace(',', '')
    )
    assert abs(samples - real) < 0.03 * real


def test_splitting_a_budget():
    for flops in (1e15, 1e20):
        N, D = best_split(flops)
        assert (
            all(chinchilla_loss(N, D) < chinchilla_loss(N * k, D / k) for k in (0.9, 1.1))
            and abs(6 * N * D / flops - 1) < 1e-9
        )


def test_weights_to_start_from(run, refused, tmp_path):
    logs = tmp_path / 'logs' / 'pretraining'
    run('llm_book.pretrain', *TINY, '--training.max_steps', '30', '--training.warmup_steps', '2')
    second = ['--run', 'second', '--training.max_steps', '2']
    out = run('llm_book.pretrain', *TINY, *second, '--init_from', logs / 'tales').stdout
    assert 'weights from logs/pretraining/tales/model' in out and 'going on' not in out
    assert first_loss(logs / 'second') < first_loss(logs / 'tales') - 0.3
    step = checkpoints(logs / 'tales')[-1]
    run('llm_book.pretrain', *TINY, '--run', 'third', '--training.max_steps', '1', '--init_from', step)
    assert first_loss(logs / 'third') == first_loss(logs / 'second')
    assert 'init_from: ' + str(step) in (logs / 'third' / 'config.yaml').read_text()
    run(
        'llm_book.pretrain',
        *TINY,
        *second,
        '--training.max_steps',
        '4',
        '--init_from',
        logs / 'tales',
        '--resume',
        'auto',
    )
    losses = [
        r
        for r in map(json.loads, (logs / 'second' / 'metrics.jsonl').read_text().splitlines())
        if 'loss' in r
    ]
    assert [r['step'] for r in losses] == [1, 2, 3, 4]  # resumed: the start is not repeated


@pytest.mark.parametrize(
    'args,says',
    [
        (['--model.config.n_heads', '4'], 'n_heads 2 there and 4 here'),
        (['--data.lang', 'zh'], 'another tokenizer'),
        (['--init_from', 'no/where'], 'no folder here'),
        (['--model.config.emb_dim', '32'], 'emb_dim 16 there'),
    ],
)
def test_weights_that_do_not_fit(here, args, says):
    finish_run(export_model(build_pretraining(pretrain_settings(TINY))[0]).parent)
    with pytest.raises((ValueError, OSError), match=says):
        build_pretraining(
            pretrain_settings(
                [*TINY, '--run', 'x', '--init_from', str(here / 'logs' / 'pretraining' / 'tales'), *args]
            )
        )
    assert not (here / 'logs' / 'pretraining' / 'x').exists()


def test_published_weights_to_start_from(tmp_path):
    from transformers import GPT2Config, GPT2LMHeadModel

    torch.manual_seed(0)
    theirs = GPT2LMHeadModel(
        GPT2Config(vocab_size=300, n_positions=32, n_embd=16, n_layer=2, n_head=2)
    ).eval()
    for p in theirs.parameters():
        torch.nn.init.normal_(p, std=0.3)
    theirs.save_pretrained(tmp_path / 'hf')
    ours = gpt.GPTModel(
        gpt.GPTConfig(vocab_size=300, context_length=32, emb_dim=16, n_heads=2, n_layers=2, drop_rate=0.3)
    ).eval()
    init_from(ours, tmp_path / 'hf')
    ids = torch.arange(32)[None]
    assert torch.allclose(ours(ids), theirs(ids).logits, atol=1e-4)


class Bomb:
    def __reduce__(self):
        return os.mkdir, (os.environ['LLM_PROJECT_ROOT'] + '/exploded',)


def test_a_bomb_among_weights_does_not_go_off(refused, here):
    torch.save({'tok_emb.weight': torch.ones(3), 'x': Bomb()}, here / 'bomb.pt')
    assert 'bomb.pt is damaged' in refused(
        'llm_book.pretrain', *TINY, '--init_from', 'bomb.pt', TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD='1'
    )
    assert not (here / 'exploded').exists()


def test_the_default_model_learns_a_batch_by_heart(here):
    says = overfit_batches(
        pretrain_settings(['--overfit', '1', '--data.n_train', '50', '--training.batch_size', '4'])
    )
    assert 'memorised, 4 rows' in says and not (here / 'logs').exists()


def test_two_batches_by_heart_and_a_command(run, tmp_path):
    args = [*TINY, '--overfit', '2', '--model.config.emb_dim', '64', '--training.batch_size', '2']
    assert 'memorised, 4 rows' in run('llm_book.pretrain', *args).stdout and not (tmp_path / 'logs').exists()


def everyone_sees_all(q, k, v, mask=None, *args):
    return torch.nn.functional.scaled_dot_product_attention(q, k, v)


def nothing_learned(self, group, params, grads):
    pass


def wrong_rows(self, ids):
    return (y := rows_as_they_are(self, ids)[1]).clamp(min=0), y


rows_as_they_are = batches.Documents.rows


@pytest.mark.parametrize(
    'owner,name,bug,says',
    [
        (attention, 'attend', everyone_sees_all, 'sees what comes later'),
        (batches.Documents, 'rows', wrong_rows, 'the token that follows'),
        ('llm_book.train.optim.Muon', 'update', nothing_learned, 'not memorised'),
    ],
)
def test_planted_bugs_are_found(here, monkeypatch, owner, name, bug, says):
    monkeypatch.setattr(*([f'{owner}.{name}'] if isinstance(owner, str) else [owner, name]), bug)
    s = pretrain_settings(
        [*TINY, '--overfit', '1', '--model.config.emb_dim', '32', '--training.batch_size', '4']
    )
    with pytest.raises(ValueError, match=says):
        overfit_batches(s, limit=120)


def test_resuming_with_other_settings(run, refused):
    args = [*TINY, '--training.max_steps', '10', '--training.save_step', '6']
    run('llm_book.pretrain', *args[:-4], '--training.max_steps', '6')
    says = refused('llm_book.pretrain', *args, '--resume', 'auto', '--training.batch_size', '4')
    assert 'batch_size: 8, here 4' in says and '--resume_override' in says
    out = run('llm_book.pretrain', *args, '--resume', 'auto', '--training.learning_rate', '1e-4').stdout
    assert 'learning_rate was 0.004, from here on it is 0.0001' in out and 'going on from step 6' in out
    out = run(
        'llm_book.pretrain',
        *args,
        '--training.max_steps',
        '12',
        '--resume',
        'auto',
        '--training.batch_size',
        '4',
        '--resume_override',
    ).stdout
    assert '(overridden)' in out and 'going on from step 10' in out


def test_a_vocabulary_without_brackets(here):
    lines = [json.dumps({'body': f'Der Hund {i} schläft.', 'id': i}) for i in range(400)]
    (here / 'a.jsonl').write_text(
        '\n'.join([*lines, 'no json', '{"body": 3}', json.dumps({'body': '\ud800'})])
    )
    texts = list(training_texts('a.jsonl', DataConfig(text_field='body', val_fraction=0.25)))
    assert 250 < len(texts) < 350 and all(t.startswith('Der Hund') for t in texts)


def test_a_dry_run_opens_the_shards(here):
    (here / 'a.jsonl').write_text(''.join(json.dumps({'text': f'text {i}'}) + '\n' for i in range(300)))
    options = Options(val=0.3)
    texts = [
        '--data.train_path',
        'shards',
        '--model.config.vocab_size',
        '300',
        '--model.config.context_length',
        '8',
    ]

    def planned(*args):
        return dry_run(pretrain_settings([*TINY, *texts, *args]))

    for name in ('train', 'val'):
        pretokenize(here / 'a.jsonl', here / 'shards', get_tokenizer('bytes'), options)
        assert len(planned('--data.tokenizer', 'bytes')) == len(TOPICS)
        assert len(planned('--data.tokenizer', 'gpt2')) == len(TOPICS)  # not here: not fetched
        os.truncate(here / 'shards' / name / '00000.bin', 100)
        for tokenizer in ('bytes', 'gpt2'):
            with pytest.raises(ValueError, match=f'{name}/00000.bin should have .* bytes: delete shards'):
                planned('--data.tokenizer', tokenizer)
        shutil.rmtree(here / 'shards')
    pretokenize(here / 'a.jsonl', here / 'shards', get_tokenizer('bytes'), options)
    for args, says in (
        ([], 'holds shards: name the tokenizer that wrote them'),
        (['--data.tokenizer', 'bytes', '--data.encoding', 'cp1252'], 'leave out data.encoding'),
        (['--data.tokenizer', 'bytes', '--data.val_path', 'a.jsonl'], 'prepare both alike'),
    ):
        with pytest.raises(ValueError, match=says):
            planned(*args)
