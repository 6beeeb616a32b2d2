"Several processes: the command under torchrun gives the curve of one process; ranks that hang or are told to stop."
import json
import os
import shutil
import signal
import subprocess
import sys
import time

import pytest
import torch
from conftest import TINY
from llm_book.checkpoints import checkpoints

SIZES = [*TINY, '--model.config.n_layers', '2', '--training.micro_batch_size', '2', '--training.save_step', '4']
QWEN = ['--config', 'tales-qwen', *SIZES, '--model.config.n_kv_groups', '1', '--model.config.head_dim', '8',
        '--model.config.hidden_dim', '32']


def rows(folder): return [json.loads(line) for line in (folder/'metrics.jsonl').read_text().splitlines()]


def launch(home, n, *args):
    "torchrun, started; its workers are its children."
    command = [sys.executable, '-m', 'torch.distributed.run', '--standalone', '--nproc_per_node', str(n), '--',
               '-m', 'llm_book.pretrain', *map(str, args)]
    env = os.environ | {'LLM_PROJECT_ROOT': str(home), 'LLM_BOOK_MIRROR': ''}
    return subprocess.Popen(command, cwd=home, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def ended(p, expect=0, seconds=300):
    out, _ = p.communicate(timeout=seconds)
    assert p.returncode == expect or expect is None and p.returncode, f'exit {p.returncode}\n{out}'
    return out


def workers(p):
    found = subprocess.run(['pgrep', '-P', str(p.pid), '-f', 'llm_book'], capture_output=True, text=True).stdout
    return sorted(map(int, found.split()))


def same_curve(a, b, eps=1e-5):
    "The steps, losses, gradients and validation losses of two runs agree."
    a, b = rows(a), rows(b)
    assert [(r['step'], r.get('tokens')) for r in a] == [(r['step'], r.get('tokens')) for r in b]
    for x, y in zip(a, b):
        for key in x.keys() & {'loss', 'val_loss', 'grad_norm'}: assert abs(x[key] - y[key]) <= eps*max(1, abs(x[key])), (x, y)


def wait_for(condition, p, seconds=120):
    for _ in range(20*seconds):
        if condition(): return
        assert p.poll() is None, ended(p, None)
        time.sleep(0.05)
    raise AssertionError('it did not happen')


@pytest.fixture
def logs(tmp_path): return tmp_path/'logs'/'pretraining'


def test_two_ranks_train_as_one(run, tmp_path, logs):
    run('llm_book.pretrain', *SIZES, '--training.max_steps', 12, '--run', 'one')
    out = ended(launch(tmp_path, 2, *SIZES, '--training.max_steps', 12, '--run', 'two', '--strategy', 'fsdp'))
    assert '2 processes, FSDP (as asked)' in out and out.count('unseen stories         model') == 1     # only rank 0 speaks
    same_curve(logs/'one', logs/'two')
    log = (logs/'two'/'train.log').read_text()
    assert log.count('step 12/12') == 1 and [p.name for p in checkpoints(logs/'two')] == ['step_00000008', 'step_00000012']
    from llm_book.weights import from_pretrained
    mine, theirs = (dict(from_pretrained(logs/r/'model').named_parameters()) for r in ('one', 'two'))
    assert mine.keys() == theirs.keys() and all((mine[k] - theirs[k]).abs().max() < 1e-4 for k in mine)
    shutil.copytree(logs/'two', logs/'back')                                           # and one process goes on
    shutil.rmtree(logs/'back'/'checkpoints'/'step_00000012')
    assert 'going on from step 8' in run('llm_book.pretrain', *SIZES, '--training.max_steps', 12, '--run', 'back', '--resume', 'auto').stdout
    same_curve(logs/'one', logs/'back')


def test_refused_before_anything_starts(refused):
    assert 'needs processes' in refused('llm_book.pretrain', *TINY, '--strategy', 'fsdp')
    assert 'fsdp' in refused('llm_book.pretrain', *TINY, '--strategy', 'fdsp')


@pytest.mark.slow
@pytest.mark.parametrize('n,args,message', [
    (2, ['--training.batch_size', '7'], 'cannot be shared by 2 processes'), (2, ['--strategy', 'single'], 'with 2 processes'),
    (2, ['--device', 'cuda'], 'no GPU here')])
def test_refused_by_every_rank(tmp_path, n, args, message):
    out = ended(launch(tmp_path, n, *SIZES, *args), expect=1)
    assert message in out and not list(tmp_path.rglob('checkpoints'))


@pytest.mark.slow
@pytest.mark.parametrize('sizes', [SIZES, QWEN], ids=['gpt', 'qwen'])
def test_any_number_of_ranks_goes_on(run, tmp_path, logs, sizes):
    steps = ['--training.max_steps', '12', '--training.optimizer', 'adamw', '--training.learning_rate', '1e-3']
    run('llm_book.pretrain', *sizes, *steps, '--run', 'one')
    ended(launch(tmp_path, 2, *sizes, *steps, '--run', 'two', '--strategy', 'fsdp'))
    same_curve(logs/'one', logs/'two')
    for n, strategy in ((1, 'single'), (2, 'ddp'), (2, 'fsdp'), (4, 'fsdp')):
        shutil.copytree(logs/'two', logs/f'{n}{strategy}')
        shutil.rmtree(logs/f'{n}{strategy}'/'checkpoints'/'step_00000012')
        args = [*sizes, *steps, '--run', f'{n}{strategy}', '--resume', 'auto', '--strategy', strategy]
        out = run('llm_book.pretrain', *args).stdout if n == 1 else ended(launch(tmp_path, n, *args))
        assert 'going on from step 8' in out
        same_curve(logs/'one', logs/f'{n}{strategy}')
    two, again = rows(logs/'two'), rows(logs/'2fsdp')
    assert [r.get('loss') for r in two] == [r.get('loss') for r in again]              # the same ranks: bit for bit


@pytest.mark.slow
def test_a_rank_that_hangs_is_named(tmp_path, logs):
    p = launch(tmp_path, 2, *SIZES, '--training.max_steps', 100000, '--run', 'hang', '--strategy', 'ddp', '--timeout', 10)
    wait_for(lambda: (logs/'hang'/'metrics.jsonl').exists() and len(rows(logs/'hang')) > 10, p)
    for pid in workers(p):
        if b'RANK=1\0' in open(f'/proc/{pid}/environ', 'rb').read(): os.kill(pid, signal.SIGSTOP)
    start = time.monotonic()
    out = ended(p, expect=1)
    assert time.monotonic() - start < 120 and 'Rank' in out and '1 failed to pass monitoredBarrier' in out.replace('Ranks ', 'Rank '), out[-3000:]


@pytest.mark.slow
def test_a_job_told_to_stop_saves_and_leaves(run, tmp_path, logs):
    args = [*SIZES, '--training.max_steps', 100, '--training.save_step', 1000, '--strategy', 'fsdp', '--run', 'told']
    p = launch(tmp_path, 2, *args)
    wait_for(lambda: (logs/'told'/'metrics.jsonl').exists() and len(rows(logs/'told')) > 10, p)
    p.terminate()
    out = ended(p, expect=None)
    assert 'SIGTERM: stopped after step' in out
    [saved] = checkpoints(logs/'told')
    assert 0 < int(saved.name[5:]) < 100
    ended(launch(tmp_path, 2, *args, '--resume', 'latest'))
    run('llm_book.pretrain', *args[:-4], '--run', 'calm')
    same_curve(logs/'calm', logs/'told', eps=1e-3)            # rounding grows over a hundred steps of Muon


@pytest.mark.slow
def test_hybrid_shards_on_four_ranks():
    "Two groups of two ranks, each a copy of the model, from four different seeds, equal one process."
    from llm_book.distributed import FSDP, Workers
    from llm_book.gpt import GPTConfig, GPTModel
    from llm_book.optim import AdamW, divide_grads

    def curve(single):
        strategy = None if single else FSDP(replicas=2)
        rank, n = (0, 1) if single else (strategy.rank, strategy.world_size)
        torch.manual_seed(rank)
        model = GPTModel(GPTConfig(vocab_size=64, context_length=16, emb_dim=16, n_heads=2, n_layers=2, drop_rate=0.0))
        if not single: strategy.prepare(model)
        opt, losses = AdamW(model.parameters(), 3e-3), []
        for step in range(10):
            x, y = torch.randint(64, (2, 8, 16), generator=torch.Generator().manual_seed(step % 3))
            loss, count = model(x[rank::n], targets=y[rank::n])
            loss.backward()
            sums = torch.stack([loss.detach(), count.float()])
            total, count = sums if single else strategy.total(sums)
            divide_grads(model.parameters(), count / n)
            opt.step()
            opt.zero_grad()
            losses.append((total / count).item())
        return losses

    four, alone = Workers(4), curve(True)
    for losses in four(curve, False): assert max(abs(a - b) for a, b in zip(losses, alone)) <= 1e-5
    four.close()
