"Records: killed at random moments, on disks that fill up, without optional packages."

import io
import json
import multiprocessing
import os
import random
import resource
import signal
import subprocess
import sys
import time
import warnings

import pytest
from conftest import ROOT, until
from hypothesis import given, settings, strategies as st
from llm_book.train.comparison import compare_runs
from llm_book.train.records import Records, append_text, curve, read_metrics, smooth, downsample


def on_board(folder, key):
    "What TensorBoard reads: (step, value), in the order of the events."
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    return [
        (e.step, e.value)
        for e in EventAccumulator(str(folder), size_guidance={'scalars': 0}).Reload().Scalars(key)
    ]


def loss(step):
    return 8 / (1 + step)


def life(folder, steps):
    "One life of a run: from its checkpoint (a file with the step) on; a checkpoint every 7 steps."
    place, start = folder / 'checkpoint', steps_kept(folder)
    records, pending = Records(folder, start), []
    for step in range(start + 1, steps + 1):
        pending.append({'step': step, 'tokens': 10 * step, 'loss': loss(step)})
        time.sleep(0.002)
        if step % 7 == 0 or step == steps:
            records.add(pending)
            records.add([{'step': step, 'val_loss': loss(step) + 1}])
            records.draw(0.2)
            pending = []
            (folder / 'checkpoint.part').write_text(str(step))
            os.replace(folder / 'checkpoint.part', place)


def steps_kept(folder):
    place = folder / 'checkpoint'
    return int(place.read_text()) if place.exists() else 0


@pytest.mark.process
@pytest.mark.parametrize('kills', [6, pytest.param(60, marks=pytest.mark.slow)])
def test_killed_at_random_moments(tmp_path, kills):
    from torch.utils.tensorboard import SummaryWriter  # noqa: F401 (loaded once, before the lives fork)

    steps, dice, fork = 40 * kills, random.Random(kills), multiprocessing.get_context('fork')
    for _ in range(kills):
        child = fork.Process(target=life, args=(tmp_path, steps))
        before = steps_kept(tmp_path)
        child.start()
        until(lambda: not child.is_alive() or steps_kept(tmp_path) > before)
        time.sleep(dice.uniform(0, 0.1))  # any moment will do
        os.kill(child.pid, signal.SIGKILL)
        child.join()
        if dice.random() < 0.3 and (tmp_path / 'metrics.jsonl').exists():  # what a kill inside a write leaves
            with open(tmp_path / 'metrics.jsonl', 'a') as f:
                f.write('{"step": 99999, "los')
    life(tmp_path, steps)
    rows = read_metrics(tmp_path)
    looks = sorted({*range(7, steps + 1, 7), steps})
    assert curve(rows, 'loss') == [(s, loss(s)) for s in range(1, steps + 1)]
    assert curve(rows, 'val_loss') == [(s, loss(s) + 1) for s in looks]
    assert [s for s, _ in on_board(tmp_path, 'loss')] == list(range(1, steps + 1))
    assert [s for s, _ in on_board(tmp_path, 'val_loss')] == looks
    assert (tmp_path / 'samples' / 'loss.png').read_bytes().endswith(b'IEND\xaeB`\x82')


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(0, 3), min_size=1, max_size=30), st.data())
def test_any_cut_and_any_restart_leave_each_row_once(tmp_path_factory, gaps, data):
    folder, steps = tmp_path_factory.mktemp('run'), [sum(gaps[: i + 1]) for i in range(len(gaps))]
    rows = [{'step': s, 'i': i} for i, s in enumerate(steps)]
    text = ''.join(json.dumps(r) + '\n' for r in rows)
    cut = data.draw(st.integers(0, len(text)))
    step = data.draw(st.integers(0, steps[-1]))
    (folder / 'metrics.jsonl').write_text(text[:cut])
    assert read_metrics(folder) == rows[: text[:cut].count('\n')]
    records = Records(folder, step)
    assert (
        records.rows
        == [r for r in rows[: text[:cut].count('\n')] if r['step'] <= step]
        == read_metrics(folder)
    )


@settings(max_examples=60, deadline=None)
@given(st.lists(st.floats(-1e6, 1e6), max_size=60), st.floats(0, 1))
def test_smooth_is_a_mean_of_what_was(values, share):
    for i, mean in enumerate(smooth(values, share), 1):
        window = values[:i][-max(1, round(share * i)) :]
        assert abs(mean - sum(window) / len(window)) < 1e-6 and len(window) <= i


@settings(max_examples=60, deadline=None)
@given(st.lists(st.floats(-1e6, 1e6), max_size=300), st.integers(1, 40))
def test_thin_keeps_order_and_extremes(ys, half):
    points = list(enumerate(ys))
    few = downsample(points, 2 * half)
    assert len(few) <= 2 * half and few == sorted(set(few)) and set(few) <= set(points)
    if ys:
        assert {min(ys), max(ys)} <= {y for _, y in few}


FULL = '''
import io, json, os, resource, sys, threading, warnings
from pathlib import Path
from llm_book.train.records import Records, read_metrics
threading.excepthook = lambda *args: None
def limit(n): resource.setrlimit(resource.RLIMIT_FSIZE, (n, resource.RLIM_INFINITY))
records = Records(Path(sys.argv[1]))
records.log('it begins')
before = (records.folder/'train.log').read_text()
for size in (1, 40, 200, 290, 320, 1000):
    limit(size)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter('always')
        for s in range(records.last_step + 1, records.last_step + 21): records.add([{'step': s, 'loss': 1/s, 'grad_norm': 2.0}])
        records.log('x' * 2000)
        records.sample('x' * 2000, 1)
        records.draw()
    assert caught and all('the run goes on' in str(w.message) for w in caught), (size, caught)
    assert (records.folder/'train.log').read_text() == before
    assert not list(records.folder.rglob('*.part')) and not (records.folder/'samples'/'loss.png').exists()
    read_metrics(records.folder)                                        # whole lines only
    limit(resource.RLIM_INFINITY)
    records.add([{'step': records.last_step, 'val_loss': 3.0}])
    assert read_metrics(records.folder) == records.rows
assert records.draw().exists()
'''  # noqa: E501


def test_a_full_disk_costs_no_row(tmp_path):
    done = subprocess.run(
        [sys.executable, '-c', FULL, tmp_path / 'run'], capture_output=True, text=True, cwd=ROOT
    )
    assert done.returncode == 0, done.stderr
    assert [s for s, _ in on_board(tmp_path / 'run', 'loss')] == list(range(1, 121))
    assert [s for s, _ in on_board(tmp_path / 'run', 'val_loss')] == list(range(20, 121, 20))


def test_append_is_all_or_nothing(tmp_path):
    path, (soft, hard) = tmp_path / 'x', resource.getrlimit(resource.RLIMIT_FSIZE)
    append_text(path, 'whole\n')
    for room in range(6, 16):
        resource.setrlimit(resource.RLIMIT_FSIZE, (room, hard))
        try:
            with pytest.raises(OSError):
                append_text(path, '0123456789\n')
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        assert path.read_text() == 'whole\n'


def test_a_deleted_folder_does_not_stop_the_run(tmp_path):
    records = Records(tmp_path / 'run')
    records.add([{'step': 1, 'loss': 1.0}])
    os.rename(tmp_path / 'run', tmp_path / 'moved')
    with pytest.warns(UserWarning, match='the run goes on'):
        records.add([{'step': 2, 'loss': 1.0}])
    os.rename(tmp_path / 'moved', tmp_path / 'run')
    records.add([{'step': 3, 'loss': 1.0}])
    assert [r['step'] for r in read_metrics(tmp_path / 'run')] == [1, 2, 3]


def test_import_is_light_and_wandb_only_when_asked(tmp_path):
    (tmp_path / 'wandb.py').write_text('raise SystemExit("wandb was imported though nobody asked")')
    code = (
        'import sys; from llm_book.train.records import Records; '
        'assert not {"torch", "matplotlib", "tensorboard", "wandb"} & sys.modules.keys(); '
        f'Records({str(tmp_path / "run")!r}).add([dict(step=1, loss=2.0)]); '
        'assert "wandb" not in sys.modules; '
        f'Records({str(tmp_path / "run")!r}, wandb=True)'
    )
    done = subprocess.run(
        [sys.executable, '-c', code],
        capture_output=True,
        text=True,
        env=os.environ | {'PYTHONPATH': f'{tmp_path}:{ROOT}'},
    )
    assert done.stderr.strip() == 'wandb was imported though nobody asked' and done.returncode == 1


STAND_IN = '''
import json, os
class Run:
    def __init__(self, dir, id): self.id, self.file = id or 'n' + str(len(os.listdir(dir))), dir + '/online.jsonl'
    @property
    def step(self): return max((json.loads(l)['step'] for l in open(self.file)), default=0) if os.path.exists(self.file) else 0
    def log(self, values, step):
        if step < self.step: raise SystemExit('Steps must be monotonically increasing, so this data will be ignored')
        with open(self.file, 'a') as f: f.write(json.dumps({'step': step, **values}) + chr(10))
def init(project, name, dir, id, resume):
    assert (project, name, resume) == ('mine', 'run', 'allow')
    return Run(dir, id)
'''  # noqa: E501


def test_wandb_by_a_stand_in(tmp_path, monkeypatch):
    (tmp_path / 'wandb.py').write_text(STAND_IN)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, 'wandb', raising=False)
    monkeypatch.setenv('WANDB_PROJECT', 'mine')
    run = tmp_path / 'run'
    Records(run, wandb=True).add([{'step': s, 'loss': loss(s), 'grad_norm': float('nan')} for s in (1, 2, 3)])
    name = (run / 'wandb.id').read_text()
    Records(run, step=2, wandb=True).add([{'step': s, 'loss': loss(s)} for s in (3, 4)])
    assert (run / 'wandb.id').read_text() == name  # the same online run goes on
    online = [json.loads(line) for line in (run / 'online.jsonl').read_text().splitlines()]
    assert {r['step']: r for r in online} == {s: {'step': s, 'loss': loss(s)} for s in (1, 2, 3, 4)}
    assert [r['step'] for r in online] == sorted(r['step'] for r in online)
    (run / 'wandb.id').write_text('other')
    Records(run, wandb=True)
    assert (run / 'wandb.id').read_text() != 'other'  # from step 0: an online run of its own


def test_wandb_missing_says_so(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, 'wandb', None)
    with pytest.raises(ValueError, match='pip install wandb'):
        Records(tmp_path / 'run', wandb=True)


def test_a_damaged_file_is_repaired_by_a_resume_and_refused_by_readers(tmp_path):
    text = b'{"step": 1, "loss": 2}\n{"step": 2, "l\xff\n{"step": 3, "loss": 1}\n'
    path = tmp_path / 'metrics.jsonl'
    path.write_bytes(text)
    for read in (read_metrics, lambda p: compare_runs([p])):
        with pytest.raises(ValueError, match='metrics.jsonl:2'):
            read(tmp_path)
    assert path.read_bytes() == text
    with pytest.warns(UserWarning, match='was damaged by a crash or a second process: .* 2 rows are kept'):
        records = Records(tmp_path, 3)
    assert [r['step'] for r in read_metrics(tmp_path)] == [1, 3] and records.rows == read_metrics(tmp_path)
    assert (tmp_path / 'metrics.damaged.jsonl').read_bytes() == text
    assert 'was damaged' in (tmp_path / 'train.log').read_text()


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 400), st.integers(1, 30), st.sampled_from([b'', b'\0', b'\xff', b'{"step": 3', b'\n']))
def test_no_whole_row_is_lost_wherever_the_damage_is(tmp_path_factory, at, n, junk):
    folder = tmp_path_factory.mktemp('run')
    lines = [json.dumps({'step': s, 'loss': 1 / s}).encode() + b'\n' for s in range(1, 13)]
    whole, text = b''.join(lines), b''.join(lines)
    at = min(at, len(text))
    (folder / 'metrics.jsonl').write_bytes(text[:at] + junk * n + text[at:])
    with warnings.catch_warnings(action='ignore'):
        records = Records(folder, 12)
    hit = whole[:at].count(b'\n') + 1  # the line that the junk stands in
    steps = {r['step'] for r in records.rows}
    assert steps >= set(range(1, 13)) - {hit, hit - 1} and read_metrics(folder) == records.rows


def test_two_writers_leave_a_file_that_is_repaired(tmp_path):
    with open(tmp_path / 'metrics.jsonl', 'w') as f:
        for s in range(1, 40):
            for step in (s, max(1, s - 7)):  # the second began seven steps later
                f.write(json.dumps({'step': step, 'loss': loss(step)}) + '\n')
                if step % 5 == 0:
                    f.write(json.dumps({'step': step, 'val_loss': 2.0}) + '\n')
    with pytest.warns(UserWarning, match='second process'):
        records = Records(tmp_path, 35)
    assert curve(records.rows, 'loss') == [(s, loss(s)) for s in range(1, 36)]
    assert [s for s, _ in curve(records.rows, 'val_loss')] == list(range(5, 36, 5))
    records.add([{'step': 36, 'loss': 1.0}])
    assert read_metrics(tmp_path) == records.rows


def test_compare_takes_what_there_is(tmp_path):
    for name, rows in {
        'empty': [],
        'no-looks': [{'step': 1, 'tokens': 5, 'loss': 2.0}],
        'nan': [{'step': 1, 'tokens': 5, 'loss': float('nan')}, {'step': 1, 'val_loss': float('inf')}],
        'whole': [
            {'step': 1, 'tokens': 5, 'loss': 2.0, 'tokens_per_s': 1234.5},
            {'step': 1, 'val_loss': 2.0},
        ],
    }.items():
        Records(tmp_path / name).add(rows)
    text, fig = compare_runs(sorted(tmp_path.iterdir()))
    lines = {line.split()[0]: line.split()[1:] for line in text.splitlines()}
    assert lines['empty'] == ['0', '0', '-', '-', '-', '-', '-'] and lines['nan'] == [
        '0',
        '0',
        '-',
        '-',
        '-',
        '-',
        '-',
    ]
    assert lines['whole'] == ['1', '5', '2.0000', '2.0000', '2.0000', '1,234', '5']
    with warnings.catch_warnings(action='error'):
        fig.savefig(io.BytesIO())
    text, fig = compare_runs([tmp_path / 'empty'])
    assert 'it:' not in text


def test_a_picture_has_so_many_points_at_most(tmp_path):
    records = Records(tmp_path)
    records.rows = [{'step': s, 'loss': 1 + 1 / s, 'val_loss': 2.0} for s in range(1, 200_001)]
    from llm_book.train.records import draw_loss

    assert sum(len(line.get_xdata()) for line in draw_loss(records.rows).axes[0].lines) <= 3000
    assert records.draw().stat().st_size > 5000


def test_a_new_board_repeats_every_row_of_the_steps_it_takes_back(tmp_path):
    class Broken:
        def add_scalar(self, *args):
            raise OSError('no space left')

    records = Records(tmp_path)
    records.add([{'step': s, 'loss': loss(s)} for s in range(1, 6)])
    records.board = Broken()
    with pytest.warns(UserWarning, match='no space left'):
        records.add([{'step': 5, 'val_loss': 1.0}])
    records.add([{'step': 6, 'loss': loss(6)}])
    assert [s for s, _ in on_board(tmp_path, 'loss')] == [1, 2, 3, 4, 5, 6]
    assert on_board(tmp_path, 'val_loss') == [(5, 1.0)]


def test_rows_are_on_the_disk_when_add_returns(tmp_path, monkeypatch):
    real, synced = os.fsync, []
    monkeypatch.setattr(os, 'fsync', lambda fd: (synced.append(os.fstat(fd).st_ino), real(fd)))
    records = Records(tmp_path)
    synced.clear()
    records.add([{'step': 1, 'loss': 1.0}])
    assert os.stat(records.metrics).st_ino in synced


def test_compare_takes_means_medians_and_the_axis_asked_for(tmp_path):
    speeds = [50, 90, 10] * 20
    records = Records(tmp_path / 'a')
    records.add(
        [
            {'step': s, 'tokens': 7 * s, 'loss': float(s % 4), 'tokens_per_s': speeds[s - 1]}
            for s in range(1, 61)
        ]
    )
    records.add([{'step': 60, 'val_loss': 2.0}, {'step': 60, 'val_loss': 2.5}])
    text, fig = compare_runs([tmp_path / 'a'])
    assert text.splitlines()[1].split() == [
        'a',
        '60',
        '420',
        '2.0000',
        '2.5000',
        f'{5 / 3:.4f}',
        '50',
        '420',
    ]  # (2 + 3 + 0) / 3
    assert max(fig.axes[0].lines[0].get_xdata()) == 420
    assert max(compare_runs([tmp_path / 'a'], 'step')[1].axes[0].lines[0].get_xdata()) == 60
