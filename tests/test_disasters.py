"Nothing that was whole is lost: thirty kills, two processes on one run, full disks, files cut anywhere."

import json
import random
import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor

import pytest
from test_runs import BOOK, LABELS, TUNE, Driver, built, killed_chain, two_checkpoints, weights
from test_runs import place, project  # noqa: F401  (fixtures)

from llm_book.core.runs import unlock_run
from llm_book.train.checkpoints import checkpoints, newest_intact

pytestmark = [pytest.mark.slow, pytest.mark.process]
KINDS = {
    'classify': ('classify', 'classification', LABELS),
    'instruct': ('instruct', 'instruction', [*TUNE, '--init_from', 'base']),
    'saving-beside': ('pretrain', 'pretraining', [*BOOK, '--training.save_async', 'true']),
}


@pytest.mark.parametrize('kind', list(KINDS))
def test_thirty_kills(project, tmp_path, kind):  # noqa: F811
    module, task, args = KINDS[kind]
    chance, kills, rounds = random.Random(3), 0, 0

    def beginning(name):
        if module == 'instruct':
            shutil.copytree(project, tmp_path / name)

    with Driver() as driver:
        beginning('calm')
        driver.killed(tmp_path / 'calm', module, args)
        while kills < 30:
            beginning(f'storm{rounds}')
            kills += killed_chain(driver, tmp_path, {module: args}, 6, chance, f'storm{rounds}')
            assert weights(tmp_path / 'calm', task) == weights(tmp_path / f'storm{rounds}', task)
            rounds += 1
    print(f'{kind}: {kills} kills in {rounds} runs')


def test_twenty_pairs_on_one_run(tmp_path):
    args, refused = [*BOOK, '--run', 'both', '--resume', 'auto'], 0
    with Driver() as one, Driver() as other, ThreadPoolExecutor(2) as pool:
        one.killed(tmp_path / 'calm', 'pretrain', args)
        for i in range(20):
            root = tmp_path / f'pair{i}'
            root.mkdir()
            logs = [tmp_path / f'{i}{name}.log' for name in 'ab']
            start = lambda driver, log: driver.ended(root, 'pretrain', args, log=log)
            codes = list(pool.map(start, (one, other), logs))
            assert sorted(codes) in ([0, 0], [0, 2]), [log.read_text() for log in logs]
            if 2 in codes:
                said = logs[codes.index(2)].read_text()
                assert 'is in use by' in said and 'Traceback' not in said
                refused += 1
            assert weights(tmp_path / 'calm', 'pretraining') == weights(root, 'pretraining')
    print(f'20 pairs: {refused} times the second was refused, else it found the run finished')


@pytest.fixture
def small_disk(tmp_path):
    "A disk of 48 MiB."
    folder = tmp_path / 'disk'
    folder.mkdir()
    mounted = subprocess.run(['mount', '-t', 'tmpfs', '-o', 'size=48m', 'tmpfs', folder], capture_output=True)
    if mounted.returncode:
        pytest.skip('a small disk needs root')
    yield folder
    subprocess.run(['umount', '-l', folder], check=True)


def test_a_disk_that_is_full_at_any_moment(tmp_path, small_disk):
    chance, refused = random.Random(4), 0
    with Driver() as driver:
        driver.killed(tmp_path / 'calm', 'pretrain', BOOK)
        n = driver.changes(tmp_path / 'calm', 'pretrain')
        for i in range(20):
            root, filler, log = small_disk / 'project', small_disk / 'filler', tmp_path / f'{i}.log'
            code = driver.ended(root, 'pretrain', BOOK, chance.randint(1, n), filler=filler, log=log)
            said = log.read_text()
            assert code in (0, 2) and 'Traceback' not in said, said
            refused += code == 2
            filler.unlink(missing_ok=True)
            assert driver.ended(root, 'pretrain', BOOK, log=log) == 0, log.read_text()
            if code == 2:
                assert weights(tmp_path / 'calm', 'pretraining') == weights(root, 'pretraining')
            shutil.rmtree(root)
    print(f'20 full disks: {refused} runs had to stop and went on later')
    assert refused >= 10


def test_checkpoints_cut_at_every_hundredth_byte(place):  # noqa: F811
    folder, cuts = two_checkpoints('pretrain'), 0
    one, two = checkpoints(folder)
    for path in sorted(p for p in two.rglob('*') if p.is_file()):
        whole = path.read_bytes()
        for n in range(0, len(whole), 100):
            path.write_bytes(whole[:n])
            assert newest_intact(folder) == one, (path.name, n)
            if n % 20_000 == 0:
                assert built('pretrain')[0].step == 1, (path.name, n)
            cuts += 1
        path.write_bytes(whole)
    assert built('pretrain')[0].step == 2
    print(f'{cuts} cuts')


def losses_of(folder):
    "Steps and losses of the rows of a run."
    rows = map(json.loads, (folder / 'metrics.jsonl').read_text().splitlines())
    return [(row['step'], row['loss']) for row in rows if 'loss' in row]


def test_records_cut_at_every_hundredth_byte(place):  # noqa: F811
    folder, cuts = two_checkpoints('pretrain'), 0
    unlock_run(folder)
    calm = place / 'calm-run'
    shutil.copytree(folder, calm)
    more = ['--training.max_steps', '4']
    trainer, _ = built('pretrain', '--resume', folder, *more)
    trainer.train()
    want = losses_of(folder)
    for path in sorted(p for p in calm.iterdir() if p.is_file()):
        whole = path.read_bytes()
        for n in range(0, len(whole), 100):
            unlock_run(folder)
            shutil.rmtree(folder)
            shutil.copytree(calm, folder)
            (folder / path.name).write_bytes(whole[:n])
            try:
                trainer, _ = built('pretrain', '--resume', folder, *more)
            except (ValueError, FileNotFoundError) as e:
                assert path.name in str(e) and '\n' not in str(e), (path.name, n, e)
            else:
                assert trainer.step == 2
                trainer.train()
                cut_rows = path.name == 'metrics.jsonl'
                kept = whole[:n].count(b'\n') if cut_rows else len(want)
                found = losses_of(folder)
                assert found == (want[: min(kept, 2)] + want[2:] if cut_rows else want), (path.name, n)
            cuts += 1
    print(f'{cuts} cuts')
