"Pretraining end to end, at toy size: records, the entropy floor, both languages, seeds, kills and resumes."

import json
import math
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import time

import pytest
import torch
from conftest import MIRROR, ROOT, TINY, last_of_each, needs_mirror, until
from llm_book.train.checkpoint_metadata import read_dcp_metadata
from llm_book.train.checkpoints import checkpoints, read_checkpoint


def rows(folder):
    return [json.loads(line) for line in (folder / 'metrics.jsonl').read_text().splitlines()]


def tensors(checkpoint):
    "The tensors of a checkpoint, without knowing the model."
    held = read_dcp_metadata(checkpoint).state_dict_metadata
    out = {k: torch.empty(m.size, dtype=m.properties.dtype) for k, m in held.items()}
    read_checkpoint(checkpoint, out)
    return out


@pytest.mark.parametrize('lang', ['en', 'zh'])
def test_tales(run, tmp_path, lang):
    out = run('llm_book.pretrain', *TINY, '--data.lang', lang, '--training.max_steps', '8').stdout
    folder = tmp_path / 'logs' / 'pretraining' / 'tales'
    assert 'unseen stories' in out and 'held-out combinations' in out and 'above the floor' in out
    assert out.strip().endswith('picture of the loss: logs/pretraining/tales/samples/loss.png')
    assert (folder / 'samples' / 'loss.png').read_bytes().startswith(b'\x89PNG')
    assert [r['step'] for r in rows(folder) if 'loss' in r] == list(range(1, 9))
    assert [r['step'] for r in rows(folder) if 'val_loss' in r] == [4, 8]
    assert (
        (folder / 'config.yaml').is_file()
        and (folder / 'train.log').is_file()
        and list(folder.glob('events.out.tfevents*'))
    )
    assert list((folder / 'samples').glob('step_*.txt')) and len(checkpoints(folder)) == 1


def test_a_second_run_keeps_the_first(run, tmp_path):
    for _ in range(2):
        run('llm_book.pretrain', *TINY, '--training.max_steps', '1')
    assert sorted(p.name for p in (tmp_path / 'logs' / 'pretraining').iterdir()) == ['tales', 'tales-2']


def test_own_config_is_a_config(run, tmp_path):
    run('llm_book.pretrain', *TINY, '--training.max_steps', '3')
    first = tmp_path / 'logs' / 'pretraining' / 'tales'
    run('llm_book.pretrain', '--config', first / 'config.yaml', '--run', 'again')
    assert [r['loss'] for r in rows(first) if 'loss' in r] == [
        r['loss'] for r in rows(tmp_path / 'logs' / 'pretraining' / 'again') if 'loss' in r
    ]


SEED = """
model:
  name: gpt
  config: {vocab_size: %d, context_length: 32, emb_dim: 16, n_heads: 2, n_layers: 1, drop_rate: 0.1, qkv_bias: false}
training:
  num_epochs: 1
  batch_size: 8
  learning_rate: 1e-3
  weight_decay: 0.1
  eval_freq: 5
  eval_iter: 5
  save_step: 10
data:
  train_path: train.txt
  val_path: val.txt
  max_length: 32
"""  # noqa: E501


@pytest.mark.parametrize('vocab_size', [512, pytest.param(50257, marks=[needs_mirror, pytest.mark.slow])])
def test_layout_of_the_seed(run, tmp_path, vocab_size):
    text = ' '.join(f'The dog {i} sleeps under the old oak tree. 懒狗在老橡树下睡觉。' for i in range(300))
    (tmp_path / 'train.txt').write_text(text)
    (tmp_path / 'val.txt').write_text(text[:4000])
    (tmp_path / 'my.yaml').write_text(SEED % vocab_size)
    out = run('llm_book.pretrain', '--config', 'my.yaml', mirror=MIRROR if vocab_size == 50257 else '').stdout
    assert 'bits per byte' in out and 'floor' not in out


def start(tmp_path, *args):
    return subprocess.Popen(
        [
            sys.executable,
            '-m',
            'llm_book.pretrain',
            *last_of_each([*TINY, '--training.save_step', '3', *args]),
        ],
        cwd=tmp_path,
        env=os.environ | {'LLM_PROJECT_ROOT': str(tmp_path), 'LLM_BOOK_MIRROR': ''},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )


def saved(folder):
    return int(found[-1].name[5:]) if (found := checkpoints(folder)) else 0


def hit(p, folder, number, delay=0):
    "Sends a signal soon after the run has saved something new; its exit code and what it said."
    done = saved(folder)
    until(lambda: p.poll() is not None or saved(folder) > done)
    time.sleep(delay)  # any moment will do
    p.send_signal(number)
    said = p.communicate()[1]
    return p.returncode, said


def storm(tmp_path, run, steps, kills, optimizer):
    "A run killed at random moments, or told to leave, and resumed ends like one that was left alone."
    args = [
        '--training.max_steps',
        str(steps),
        '--training.optimizer',
        optimizer,
        '--model.config.drop_rate',
        '0.1',
        '--training.micro_batch_size',
        '4',
        '--data.num_workers',
        '1',
    ]
    run('llm_book.pretrain', *TINY, '--training.save_step', '3', *args, '--run', 'calm')
    logs, chance = tmp_path / 'logs' / 'pretraining', random.Random(0)
    for i in range(kills):
        p = start(tmp_path, *args, '--run', 'storm', '--resume', 'auto')
        hit(p, logs / 'storm', signal.SIGTERM if i % 3 == 2 else signal.SIGKILL, chance.random() * 0.15)
    run('llm_book.pretrain', *TINY, '--training.save_step', '3', *args, '--run', 'storm', '--resume', 'auto')
    a, b = (tensors(checkpoints(logs / name)[-1]) for name in ('calm', 'storm'))
    assert a.keys() == b.keys() and all(torch.equal(a[k], b[k]) for k in a)
    for key in ('loss', 'val_loss', 'tokens', 'grad_norm'):
        calm, storm = (
            [(r['step'], r[key]) for r in rows(logs / name) if key in r] for name in ('calm', 'storm')
        )
        assert calm == storm and (key == 'val_loss' or [s for s, _ in calm] == list(range(1, steps + 1))), key


@pytest.mark.process
@pytest.mark.parametrize('optimizer', ['muon'])
def test_killed_and_resumed(tmp_path, run, optimizer):
    storm(tmp_path, run, 15, 2, optimizer)


@pytest.mark.slow
@pytest.mark.process
@pytest.mark.parametrize('optimizer', ['adamw', 'muon'])
def test_killed_many_times(tmp_path, run, optimizer):
    storm(tmp_path, run, 120, 12, optimizer)


OUTSIDE = """
import torch

class Lion(torch.optim.Optimizer):
    def __init__(self, params, lr=1e-4, betas=(0.9, 0.99), weight_decay=0.0):
        super().__init__(params, dict(lr=lr, betas=betas, weight_decay=weight_decay))

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            for p in (p for p in group['params'] if p.grad is not None):
                m = self.state[p].setdefault('moment', torch.zeros_like(p))
                b1, b2 = group['betas']
                p.mul_(1 - group['lr']*group['weight_decay']).sub_(group['lr'] * m.lerp(p.grad, 1 - b1).sign())
                m.lerp_(p.grad, 1 - b2)

def cosine(step, warmup_steps, max_steps, decay_share): return 1 - step / max_steps
"""  # noqa: E501


def test_an_optimizer_from_outside(run, tmp_path):
    "It trains as the table's Lion does, from the current folder and from PYTHONPATH, and goes on exactly."
    (home := tmp_path / 'elsewhere').mkdir()
    (home / 'my_module.py').write_text(OUTSIDE)
    logs, path = tmp_path / 'logs' / 'pretraining', f"{home}{os.pathsep}{os.environ.get('PYTHONPATH', '')}"
    args = [*TINY, '--training.max_steps', 8, '--training.save_step', 5, '--training.learning_rate', '1e-3']
    run('llm_book.pretrain', *args, '--training.optimizer', 'lion', '--run', 'table')
    args += ['--training.optimizer', 'my_module:Lion', '--run', 'outside']
    run('llm_book.pretrain', *args, PYTHONPATH=path)
    there, here = rows(logs / 'table'), rows(logs / 'outside')
    for key in ('loss', 'val_loss', 'grad_norm'):
        a, b = ([r[key] for r in run if key in r] for run in (there, here))
        assert a and len(a) == len(b) and all(abs(x - y) < 1e-3 for x, y in zip(a, b)), key
    whole = tensors(checkpoints(logs / 'outside')[-1])
    shutil.rmtree(checkpoints(logs / 'outside')[-1])
    (home / 'my_module.py').rename(tmp_path / 'my_module.py')
    assert 'going on from step 5' in run('llm_book.pretrain', *args, '--resume', 'auto').stdout
    again = tensors(checkpoints(logs / 'outside')[-1])
    assert whole.keys() == again.keys() and all(torch.equal(whole[k], again[k]) for k in whole)
    assert any(k.endswith('.moment') for k in whole)
    assert [r.get('loss') for r in rows(logs / 'outside')] == [r.get('loss') for r in here]


def test_a_schedule_from_outside(run, tmp_path):
    (tmp_path / 'my_module.py').write_text(OUTSIDE)
    run(
        'llm_book.pretrain',
        *TINY,
        '--training.max_steps',
        4,
        '--training.warmup_steps',
        0,
        '--training.schedule',
        'my_module:cosine',
        '--training.optimizer',
        'adamw',
        '--training.learning_rate',
        '0.01',
        '--training.min_lr',
        0,
        '--run',
        'r',
    )
    rates = [r['lr'] for r in rows(tmp_path / 'logs' / 'pretraining' / 'r') if 'lr' in r]
    assert [round(r, 6) for r in rates] == [0.01, 0.0075, 0.005, 0.0025]


def test_a_notice_to_leave(tmp_path, refused):
    args, folder = (
        ['--training.max_steps', 20000, '--training.eval_freq', 1000, '--resume', 'auto'],
        tmp_path / 'logs' / 'pretraining' / 'tales',
    )
    for number, code in ((signal.SIGTERM, 143), (signal.SIGINT, 130)):
        was, said = hit(start(tmp_path, *args), folder, number)
        assert (
            was == code
            and f'{number.name}: stopped after step {saved(folder)} of 20000; to go on: --resume auto' in said
        ), said
    assert [r['step'] for r in rows(folder)] == list(range(1, saved(folder) + 1))
    assert 'more than the 2 of this run' in refused(
        'llm_book.pretrain', *TINY, '--training.max_steps', '2', '--resume', 'auto'
    )


def test_a_finished_run_says_so(run):
    for _ in range(2):
        out = run('llm_book.pretrain', *TINY, '--training.max_steps', '3', '--resume', 'auto').stdout
    assert 'all steps are done' in out


def test_going_back_to_an_older_checkpoint(run, tmp_path):
    run(
        'llm_book.pretrain',
        *TINY,
        '--training.max_steps',
        '6',
        '--training.save_step',
        '2',
        '--training.keep_last',
        '3',
    )
    folder = tmp_path / 'logs' / 'pretraining' / 'tales'
    before, calm = checkpoints(folder), rows(folder)
    assert [p.name[-1] for p in before] == ['2', '4', '6']
    out = run(
        'llm_book.pretrain',
        *TINY,
        '--training.max_steps',
        '6',
        '--training.save_step',
        '2',
        '--training.keep_last',
        '1',
        '--resume',
        before[0],
    ).stdout
    assert 'step_00000004 to step_00000006: set aside in' in out
    assert [p.name[-1] for p in checkpoints(folder)] == ['6']
    assert [r['loss'] for r in rows(folder) if 'loss' in r] == [r['loss'] for r in calm if 'loss' in r]


def test_prompt_longer_than_the_context(refused):
    assert 'shorten it' in refused('llm_book.pretrain', *TINY, '--training.sample_prompt', 'a b c ' * 300)


def test_resume_refuses_another_model(run, refused):
    run('llm_book.pretrain', *TINY, '--training.max_steps', '3')
    says = refused('llm_book.pretrain', *TINY, '--model.config.emb_dim', '32', '--resume', 'auto')
    assert 'another model' in says


def test_lines_of_progress_where_there_is_no_terminal(run):
    done = run('llm_book.pretrain', *TINY, '--training.max_steps', '40')
    lines = [line for line in done.stderr.splitlines() if line.startswith('step ')]
    assert len(lines) == 20 and lines[0].startswith('step 2/40, loss '), done.stderr
    assert 'step 40/40, loss ' in lines[-1] and 'tokens/s, validation loss ' in lines[-1]
    assert 'tokens/s' not in done.stdout


def test_the_default_run_is_near_the_floor_and_the_small_one_is_not():
    "By the stored outputs of the chapter: excess over the floor on unseen stories, and its error."
    path = ROOT / 'nbs' / '4_train' / '10_pretraining.ipynb'
    outputs = {
        c['id']: str(c.get('outputs', '')) for c in json.loads(path.read_text(encoding='utf-8'))['cells']
    }
    found = {}
    for cell in ('default-run', 'small-run'):
        line = re.search(
            r'unseen stories +excess: ([\d.]+) ± ([\d.]+) nats per story, ([\d.]+) ±', outputs[cell]
        )
        found[cell] = [float(number) for number in line.groups()]
    (nats, error, percent), (small, small_error, _) = found.values()
    assert nats > -3 * error and percent < 15
    assert small > nats + 3 * math.hypot(error, small_error)
