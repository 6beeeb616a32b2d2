"Checkpoints: flipped bits, truncated files, processes that die, full disks, untrusted pickles."

import json
import os
import pickle
import random
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from llm_book.train.checkpoints import (
    CheckpointGroup,
    best_checkpoint,
    checkpoints,
    commit_checkpoint,
    corrupt_files,
    delete_checkpoint,
    file_hashes,
    prune_checkpoints,
    read_checkpoint,
    write_checkpoint,
)

TENSORS = {
    'model.w': torch.arange(12.0).reshape(3, 4),
    'model.half': torch.ones(5).bfloat16(),
    'optim.w.exp_avg': torch.randn(3, 4),
}


def blank():
    return {k: torch.zeros_like(v) for k, v in TENSORS.items()}


@pytest.fixture
def run(tmp_path):
    "A run with two checkpoints."
    for step in (1, 2):
        write_checkpoint(
            tmp_path / 'checkpoints' / f'step_{step:08d}', TENSORS, {'step': step, 'val_loss': step}
        )
    return tmp_path


def refused(folder):
    "The error of reading; no tensor may have been touched."
    back = blank()
    with pytest.raises(ValueError) as e:
        read_checkpoint(folder, back)
    assert not any(v.any() for v in back.values())
    return str(e.value)


def test_any_flipped_bit_is_found(run):
    one, two = checkpoints(run)
    chance = random.Random(0)
    for path in sorted(two.iterdir()):
        whole = path.read_bytes()
        for _ in range(100):
            data, bit = bytearray(whole), chance.randrange(8 * len(whole))
            data[bit // 8] ^= 1 << bit % 8
            path.write_bytes(data)
            assert f'go on from {one}, which is whole' in refused(two), (path.name, bit)
        path.write_bytes(whole)
    assert not corrupt_files(two)


def test_cut_emptied_and_missing_files_are_found(run):
    one, two = checkpoints(run)
    for path in sorted(two.iterdir()):
        whole = path.read_bytes()
        for data in (b'', whole[:-1], whole + b'\0'):
            path.write_bytes(data)
            assert 'is damaged' in refused(two), (path.name, len(data))
        path.unlink()
        assert 'is damaged' in refused(two)
        path.write_bytes(whole)


def test_when_all_are_damaged_none_is_offered(run):
    for folder in checkpoints(run):
        (folder / 'state.json').unlink()
    assert 'no other checkpoint of this run is whole' in refused(checkpoints(run)[1])
    assert best_checkpoint(run) is None  # and the best is not looked for in ruins


def test_a_relative_path_finds_its_neighbours(run, monkeypatch):
    monkeypatch.chdir(run / 'checkpoints')
    (run / 'checkpoints' / 'step_00000002' / '.metadata').unlink()
    assert 'step_00000001, which is whole' in refused(Path('step_00000002'))


class Bomb:
    "Unpickling this calls something."

    def __init__(self, call, *args):
        self.what = call, args

    def __reduce__(self):
        return self.what


@pytest.mark.parametrize('file', ['.metadata', '__0_0.distcp'])
@pytest.mark.parametrize('protocol', range(6))
def test_a_pickle_bomb_is_never_executed(run, tmp_path, file, protocol):
    folder, mark = checkpoints(run)[1], tmp_path / 'boom'
    for bomb in (
        Bomb(os.system, f'touch {mark}'),
        Bomb(exec, f'open({str(mark)!r}, "w")'),
        Bomb(Path.touch, mark),
        Bomb(getattr, torch.Size, '__subclasses__'),
        Bomb(torch.load, str(mark)),
    ):
        (folder / file).write_bytes(pickle.dumps(bomb, protocol=protocol))
        (folder / 'manifest.json').write_text(json.dumps(file_hashes(folder)))  # the hashes are right
        refused(folder)
        assert not mark.exists()


def test_bombs_inside_the_tensors_file_even_where_torch_is_told_to_trust(run, tmp_path, monkeypatch):
    monkeypatch.setenv('TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD', '1')
    folder, mark = checkpoints(run)[1], tmp_path / 'boom'
    torch.save(Bomb(Path.touch, mark), folder / '__0_0.distcp')
    (folder / 'manifest.json').write_text(json.dumps(file_hashes(folder)))
    with pytest.raises(Exception):
        read_checkpoint(folder, blank())
    assert not mark.exists()


def test_dying_while_deleting_leaves_nothing_that_looks_whole(run, monkeypatch):
    one, two = checkpoints(run)

    def dies(path, **args):
        if Path(path).exists():
            raise KeyboardInterrupt

    monkeypatch.setattr(shutil, 'rmtree', dies)
    with pytest.raises(KeyboardInterrupt):
        delete_checkpoint(one)
    assert checkpoints(run) == [two] and not corrupt_files(two)
    monkeypatch.undo()
    prune_checkpoints(run, 1)  # and the rest is swept up
    assert [p.name for p in (run / 'checkpoints').iterdir()] == ['step_00000002']


def test_an_error_without_a_text_is_told_to_all_ranks(tmp_path, monkeypatch):
    told = []
    monkeypatch.setattr(CheckpointGroup, 'text_of_rank0', lambda group, text: told.append(text) or text)

    def fails():
        raise RuntimeError

    with pytest.raises(OSError, match='RuntimeError'):
        commit_checkpoint(tmp_path / 'step_00000001', {}, CheckpointGroup(), fails)
    assert told == ['RuntimeError']  # '' would mean that all went well, and the other ranks would wait


def test_rewriting_a_step_replaces_it(run):
    two = checkpoints(run)[1]
    write_checkpoint(two, {'x': torch.ones(1)}, {'step': 2, 'new': True})
    assert read_checkpoint(two, {'x': torch.zeros(1)})['new'] and not list(run.glob('checkpoints/*.part'))


SCRIPT = """
import os, random, resource, signal, sys, time
from pathlib import Path
import torch, torch.distributed.checkpoint
from llm_book.train.checkpoints import checkpoints, corrupt_files, prune_checkpoints, read_checkpoint, write_checkpoint
run, mode = Path(sys.argv[1]), sys.argv[2]
tensors = lambda step: {'a': torch.full((1000, 300), float(step)), 'b': torch.tensor([step])}

def writer(step):
    while True:
        step += 1
        write_checkpoint(run/'checkpoints'/f'step_{step:08d}', tensors(step), {'step': step})
        prune_checkpoints(run, 2)

def killed():
    "Children that write without pause die at random moments; what they leave has to be whole."
    chance, torn = random.Random(0), 0
    for i in range(25):
        newest = int(checkpoints(run)[-1].name[5:]) if i else 0
        if not (child := os.fork()):
            writer(newest)
        while not checkpoints(run): time.sleep(0.001)
        time.sleep(0.1*chance.random())
        while i % 2 and not list(run.glob('checkpoints/*[0-9].part')): time.sleep(0.0002)    # every other time: while it writes
        time.sleep(0.01*chance.random())
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        torn += bool(list(run.glob('checkpoints/*[0-9].part')))
        for path in (found := checkpoints(run)):
            back = tensors(0)
            step = read_checkpoint(path, back)['step']
            assert not corrupt_files(path) and path.name == f'step_{step:08d}' and (back['a'] == step).all() and back['b'] == step
        assert len(found) >= 1 and int(found[-1].name[5:]) >= newest
    print('torn', torn)

def full():
    "Files may not grow beyond 100 kB: as on a full disk, the system refuses in the middle of a write."
    write_checkpoint(run/'checkpoints'/'step_00000001', tensors(1), {'step': 1})
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
    try: write_checkpoint(run/'checkpoints'/'step_00000002', tensors(2), {'step': 2})
    except OSError as e: print(e)
    print([p.name for p in (run/'checkpoints').iterdir()], corrupt_files(checkpoints(run)[0]))

globals()[mode]()
"""  # noqa: E501


def script(tmp_path, mode):
    done = subprocess.run(
        [sys.executable, '-c', SCRIPT, tmp_path / 'run', mode], capture_output=True, text=True, timeout=200
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.process
def test_killed_while_writing(tmp_path):
    assert int(script(tmp_path, 'killed').split()[1]) >= 5  # many died in the middle of a checkpoint


def test_a_full_disk(tmp_path):
    out = script(tmp_path, 'full')
    assert 'could not be written' in out and 'those written before are untouched' in out
    assert "['step_00000001'] []" in out
