"Several processes: torchrun gives the curve of one process; ranks that hang or are told to stop."

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time

import pytest
import torch
from conftest import TINY, last_of_each, until
from llm_book.train.checkpoints import checkpoints

SIZES = [
    *TINY,
    '--model.config.n_layers',
    '2',
    '--training.micro_batch_size',
    '2',
    '--training.save_step',
    '4',
]
QWEN = [
    '--config',
    'tales-qwen',
    *SIZES,
    '--model.config.n_kv_groups',
    '1',
    '--model.config.head_dim',
    '8',
    '--model.config.hidden_dim',
    '32',
]


pytestmark = pytest.mark.process
STARTED = []


@pytest.fixture(autouse=True)
def no_job_stays():
    "Whatever a test that fails leaves running is ended."
    yield
    for p in STARTED:
        if p.poll() is None:
            p.terminate()
        p.wait()
    STARTED.clear()


def rows(folder):
    return [json.loads(line) for line in (folder / 'metrics.jsonl').read_text().splitlines()]


def launch(home, n, *args, how=('--standalone',), within=(), log='log', **env):
    "torchrun, started; its workers are its children. It writes to a file: a full pipe would stop it."
    command = [
        *within,
        sys.executable,
        '-m',
        'torch.distributed.run',
        *how,
        '--nproc_per_node',
        str(n),
        '--',
        '-m',
        'llm_book.pretrain',
        *last_of_each(args),
    ]
    env = os.environ | {'LLM_PROJECT_ROOT': str(home), 'LLM_BOOK_MIRROR': ''} | env
    with open(home / log, 'w') as out:
        p = subprocess.Popen(command, cwd=home, env=env, stdout=out, stderr=subprocess.STDOUT)
    p.log = home / log
    STARTED.append(p)
    return p


def ended(p, expect=0, seconds=900):
    try:
        p.wait(timeout=seconds)
    except subprocess.TimeoutExpired:
        p.terminate()
        raise AssertionError(f'it does not end\n{p.log.read_text()}') from None
    out = p.log.read_text()
    assert p.returncode == expect or expect is None and p.returncode, f'exit {p.returncode}\n{out}'
    return out


def workers(p):
    found = subprocess.run(
        ['pgrep', '-P', str(p.pid), '-f', 'llm_book'], capture_output=True, text=True
    ).stdout
    return sorted(map(int, found.split()))


def same_curve(a, b, eps=1e-5):
    "The steps, losses, gradients and validation losses of two runs agree."
    a, b = rows(a), rows(b)
    assert [(r['step'], r.get('tokens')) for r in a] == [(r['step'], r.get('tokens')) for r in b]
    for x, y in zip(a, b):
        for key in x.keys() & {'loss', 'val_loss', 'grad_norm'}:
            assert abs(x[key] - y[key]) <= eps * max(1, abs(x[key])), (x, y)


def wait_for(condition, p):
    until(lambda: condition() or p.poll() is not None)
    assert p.poll() is None, ended(p, None)


@pytest.fixture
def logs(tmp_path):
    return tmp_path / 'logs' / 'pretraining'


def test_two_ranks_train_as_one(run, tmp_path, logs):
    run('llm_book.pretrain', *SIZES, '--training.max_steps', 12, '--run', 'one')
    out = ended(
        launch(
            tmp_path,
            2,
            *SIZES,
            '--training.max_steps',
            12,
            '--run',
            'two',
            '--strategy',
            'fsdp',
            '--training.save_async',
            'true',
        )
    )
    assert (
        '2 processes, FSDP (as asked)' in out and out.count('unseen stories         model') == 1
    )  # only rank 0 speaks
    same_curve(logs / 'one', logs / 'two')
    log = (logs / 'two' / 'train.log').read_text()
    assert log.count('step 12/12') == 1 and [p.name for p in checkpoints(logs / 'two')] == [
        'step_00000008',
        'step_00000012',
    ]
    from llm_book.model.hub import from_pretrained

    mine, theirs = (dict(from_pretrained(logs / r / 'model').named_parameters()) for r in ('one', 'two'))
    assert mine.keys() == theirs.keys() and all((mine[k] - theirs[k]).abs().max() < 1e-4 for k in mine)
    shutil.copytree(logs / 'two', logs / 'back')  # and one process goes on
    shutil.rmtree(logs / 'back' / 'checkpoints' / 'step_00000012')
    assert (
        'going on from step 8'
        in run(
            'llm_book.pretrain', *SIZES, '--training.max_steps', 12, '--run', 'back', '--resume', 'auto'
        ).stdout
    )
    same_curve(logs / 'one', logs / 'back')


def test_refused_before_anything_starts(refused):
    assert 'needs processes' in refused('llm_book.pretrain', *TINY, '--strategy', 'fsdp')
    assert 'fsdp' in refused('llm_book.pretrain', *TINY, '--strategy', 'fdsp')


@pytest.mark.slow
@pytest.mark.parametrize(
    'n,args,message',
    [
        (2, ['--training.batch_size', '7'], 'cannot be shared by 2 processes'),
        (2, ['--strategy', 'single'], 'with 2 processes'),
        (2, ['--device', 'cuda'], 'no GPU here'),
    ],
)
def test_refused_by_every_rank(tmp_path, n, args, message):
    out = ended(launch(tmp_path, n, *SIZES, *args), expect=1)
    assert message in out and not list(tmp_path.rglob('checkpoints'))


@pytest.mark.slow
@pytest.mark.parametrize('optimizer', ['lion', 'torch.optim:NAdam'])
def test_shards_under_other_optimizers(run, tmp_path, logs, optimizer):
    "In the table or from outside: two ranks train as one, and one goes on from their checkpoint."
    steps = [
        '--training.max_steps',
        '12',
        '--training.optimizer',
        optimizer,
        '--training.learning_rate',
        '1e-3',
    ]
    run('llm_book.pretrain', *SIZES, *steps, '--run', 'one')
    ended(launch(tmp_path, 2, *SIZES, *steps, '--run', 'two', '--strategy', 'fsdp'))
    same_curve(logs / 'one', logs / 'two')
    shutil.rmtree(logs / 'two' / 'checkpoints' / 'step_00000012')
    assert (
        'going on from step 8'
        in run('llm_book.pretrain', *SIZES, *steps, '--run', 'two', '--resume', 'auto').stdout
    )
    same_curve(logs / 'one', logs / 'two')


@pytest.mark.slow
@pytest.mark.parametrize('sizes', [SIZES, QWEN], ids=['gpt', 'qwen'])
def test_any_number_of_ranks_goes_on(run, tmp_path, logs, sizes):
    steps = [
        '--training.max_steps',
        '12',
        '--training.optimizer',
        'adamw',
        '--training.learning_rate',
        '1e-3',
    ]
    run('llm_book.pretrain', *sizes, *steps, '--run', 'one')
    ended(launch(tmp_path, 2, *sizes, *steps, '--run', 'two', '--strategy', 'fsdp'))
    same_curve(logs / 'one', logs / 'two')
    for n, strategy in ((1, 'single'), (2, 'ddp'), (2, 'fsdp'), (4, 'fsdp')):
        shutil.copytree(logs / 'two', logs / f'{n}{strategy}')
        shutil.rmtree(logs / f'{n}{strategy}' / 'checkpoints' / 'step_00000012')
        args = [*sizes, *steps, '--run', f'{n}{strategy}', '--resume', 'auto', '--strategy', strategy]
        out = run('llm_book.pretrain', *args).stdout if n == 1 else ended(launch(tmp_path, n, *args))
        assert 'going on from step 8' in out
        same_curve(logs / 'one', logs / f'{n}{strategy}')
    two, again = rows(logs / 'two'), rows(logs / '2fsdp')
    assert [r.get('loss') for r in two] == [r.get('loss') for r in again]  # the same ranks: bit for bit


@pytest.mark.slow
@pytest.mark.parametrize('beside', [False, True], ids=['saving', 'saving-beside'])
def test_killed_ranks_change_nothing(tmp_path, logs, beside):
    "Fifteen kills of one rank, at random moments, some during a checkpoint: exit code 0, the same curve."
    args = [
        *SIZES[:-2],
        '--training.max_steps',
        240,
        '--training.save_step',
        5,
        '--strategy',
        'fsdp',
        '--training.save_async',
        beside,
    ]
    calm = launch(tmp_path, 2, *args, '--run', 'calm', log='calm.log')
    ended(calm)
    p, dice, kills = (
        launch(tmp_path, 2, *args, '--run', 'storm', how=['--standalone', '--max-restarts', '15']),
        random.Random(0),
        0,
    )
    folder, seen = logs / 'storm', set()
    while kills < 15:
        newest = lambda: (checkpoints(folder) or [folder / 'none'])[-1].name
        before = newest()
        wait_for(
            lambda: len(set(workers(p)) - seen) == 2 and newest() != before, p
        )  # a new start that got further
        if kills % 2:
            wait_for(lambda: list(folder.glob('checkpoints/*[0-9].part')), p)  # while it writes
        time.sleep(dice.random() * 0.2)
        seen |= set(pids := workers(p))
        try:
            os.kill(dice.choice(pids), signal.SIGKILL)
        except (ProcessLookupError, IndexError):
            break  # it has ended by itself
        kills += 1
    out = ended(p)
    assert kills == 15, f'only {kills} kills\n{out}'
    same_curve(logs / 'calm', folder, eps=0)


def netns(*commands):
    for c in commands:
        subprocess.run(['ip', *c.split()], check=True)


@pytest.fixture
def hosts():
    "Two network namespaces with an address each, joined by a cable."
    try:
        netns('netns add book0', 'netns add book1')
    except (OSError, subprocess.CalledProcessError):
        pytest.skip('network namespaces need root and iproute2')
    try:
        netns('link add veth0 netns book0 type veth peer name veth1 netns book1')
        for i in (0, 1):
            netns(
                f'-n book{i} addr add 10.77.0.{i + 1}/24 dev veth{i}',
                f'-n book{i} link set veth{i} up',
                f'-n book{i} link set lo up',
            )
        yield [['ip', 'netns', 'exec', f'book{i}'] for i in (0, 1)]
    finally:
        netns('netns del book0', 'netns del book1')


@pytest.mark.slow
def test_two_hosts_one_of_which_dies(tmp_path, logs, hosts):
    "A node in each of two network namespaces; one is killed with its rank and started again: the same curve."
    common = [*SIZES[:-2], '--training.max_steps', 200, '--training.save_step', 5]
    args = [
        *common,
        '--run',
        'hosts',
        '--resume',
        'auto',
        '--strategy',
        'ddp',
        '--training.save_async',
        'true',
        '--timeout',
        60,
    ]

    def node(i, log):
        how = [
            '--nnodes',
            '2',
            '--rdzv-backend',
            'c10d',
            '--rdzv-endpoint',
            '10.77.0.1:29577',
            '--rdzv-id',
            'book',
            '--rdzv-conf',
            f'is_host={1 - i}',
            '--max-restarts',
            '3',
            '--local-addr',
            f'10.77.0.{i + 1}',
        ]
        return launch(
            tmp_path,
            1,
            *args,
            how=how,
            within=hosts[i],
            log=log,
            TORCH_DISABLE_SHARE_RDZV_TCP_STORE='1',
            GLOO_SOCKET_IFNAME=f'veth{i}',
        )

    first, second = node(0, 'first.log'), node(1, 'second.log')
    wait_for(lambda: len(checkpoints(logs / 'hosts')) > 1, first)
    second_workers = workers(second)
    second.kill()
    second.wait()
    for pid in second_workers:
        os.kill(pid, signal.SIGKILL)
    assert second_workers
    again = node(1, 'again.log')
    ended(again)
    ended(first)
    ended(launch(tmp_path, 2, *common, '--run', 'calm', '--strategy', 'ddp', log='calm.log'))  # on one host
    same_curve(logs / 'calm', logs / 'hosts', eps=1e-6)


@pytest.mark.slow
def test_a_rank_that_hangs_is_named(tmp_path, logs):
    p = launch(
        tmp_path,
        2,
        *SIZES,
        '--training.max_steps',
        100000,
        '--run',
        'hang',
        '--strategy',
        'ddp',
        '--timeout',
        10,
    )
    wait_for(lambda: (logs / 'hang' / 'metrics.jsonl').exists() and len(rows(logs / 'hang')) > 10, p)
    for pid in workers(p):
        if b'RANK=1\0' in open(f'/proc/{pid}/environ', 'rb').read():
            os.kill(pid, signal.SIGSTOP)
    out = ended(p, expect=1)  # after `timeout`, not after torch's half an hour
    assert '1 failed to pass monitoredBarrier' in out and 'Rank' in out, out[-3000:]


@pytest.mark.slow
def test_a_job_told_to_stop_saves_and_leaves(tmp_path, logs):
    args = [
        *SIZES,
        '--training.max_steps',
        100,
        '--training.save_step',
        1000,
        '--strategy',
        'fsdp',
        '--run',
        'told',
    ]
    p = launch(tmp_path, 2, *args)
    wait_for(lambda: (logs / 'told' / 'metrics.jsonl').exists() and len(rows(logs / 'told')) > 10, p)
    p.terminate()
    out = ended(p, expect=None)
    assert 'SIGTERM: stopped after step' in out
    [saved] = checkpoints(logs / 'told')
    assert 0 < int(saved.name[5:]) < 100
    ended(launch(tmp_path, 2, *args, '--resume', 'auto'))
    ended(launch(tmp_path, 2, *args[:-2], '--run', 'calm', log='calm.log'))
    same_curve(logs / 'calm', logs / 'told', eps=0)


@pytest.mark.slow
def test_hybrid_shards_on_four_ranks():
    "Two groups of two ranks, each a copy of the model, from four different seeds, equal one process."
    from llm_book.train.distributed import FSDP, RankProcesses
    from llm_book.model.gpt import GPTConfig, GPTModel
    from llm_book.train.optim import AdamW, divide_grads

    def curve(single):
        strategy = None if single else FSDP(replicas=2)
        rank, n = (0, 1) if single else (strategy.rank, strategy.world_size)
        torch.manual_seed(rank)
        model = GPTModel(
            GPTConfig(vocab_size=64, context_length=16, emb_dim=16, n_heads=2, n_layers=2, drop_rate=0.0)
        )
        if not single:
            strategy.prepare(model)
        opt, losses = AdamW(model.parameters(), 3e-3), []
        for step in range(10):
            x, y = torch.randint(64, (2, 8, 16), generator=torch.Generator().manual_seed(step % 3))
            loss, count = model(x[rank::n], targets=y[rank::n])
            loss.backward()
            sums = torch.stack([loss.detach(), count.float()])
            total, count = sums if single else strategy.all_reduce_sum(sums)
            divide_grads(model.parameters(), count / n)
            opt.step()
            opt.zero_grad()
            losses.append((total / count).item())
        return losses

    four, alone = RankProcesses(4), curve(True)
    for losses in four(curve, False):
        assert max(abs(a - b) for a, b in zip(losses, alone)) <= 1e-5
    four.close()
