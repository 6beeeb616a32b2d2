"Checkpoints: what they hold, damage, processes that die, full disks, untrusted pickles, which ones stay."

import errno
import json
import os
import pickle
import random
import shutil
import subprocess
import sys
from hashlib import sha256
from pathlib import Path

import pytest
import torch
from llm_book.core.exercises import ENGLISH_SENTENCE
from llm_book.model.gpt import GPTConfig, GPTModel, n_params
from llm_book.train.checkpoints import (
    CheckpointGroup,
    best_checkpoint,
    checkpoint_tensors,
    checkpoints,
    commit_checkpoint,
    corrupt_files,
    delete_checkpoint,
    file_hashes,
    prune_checkpoints,
    read_checkpoint,
    write_checkpoint,
)
from llm_book.train.config import TrainConfig
from llm_book.train.optim import make_optimizer

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


def tiny(optimizer):
    "A model and its optimizer, always the same at the start."
    torch.manual_seed(0)
    model = GPTModel(GPTConfig(128, context_length=48, emb_dim=16, n_heads=2, n_layers=1, drop_rate=0.1))
    return model, make_optimizer(model, TrainConfig(optimizer=optimizer, learning_rate=1e-2))


def losses(model, optimizer, steps):
    "The loss of each step; dropout is drawn from the number of the step."
    ids = torch.tensor([list(ENGLISH_SENTENCE.encode())])
    found = []
    for _ in range(steps):
        torch.manual_seed(optimizer.step_count)
        total, n = model(ids[:, :-1], targets=ids[:, 1:])
        (total / n).backward()
        optimizer.step()
        optimizer.zero_grad()
        found.append((total / n).item())
    return found


def test_weights_stand_once_and_frozen_ones_not_at_all():
    model, optimizer = tiny('adamw')
    losses(model, optimizer, 1)
    held = checkpoint_tensors(model, optimizer)

    def numbers(prefix):
        return sum(v.numel() for k, v in held.items() if k.startswith(prefix))

    assert (numbers('model.'), numbers('optim.')) == (n_params(model), 2 * n_params(model))
    for name, weight in model.state_dict().items():
        if name != 'out_head.weight':  # tied
            assert held[f'model.{name}'].data_ptr() == weight.data_ptr()
    model.tok_emb.requires_grad_(False)
    assert held.keys() - checkpoint_tensors(model, optimizer).keys() == {'model.tok_emb.weight'}


@pytest.mark.parametrize('optimizer, bytes_each', [('adamw', 12), ('muon', 12), ('lion', 8)])
def test_a_run_that_goes_through_files_equals_one_that_never_stops(tmp_path, optimizer, bytes_each):
    model, opt = tiny(optimizer)
    truth, path = losses(model, opt, 12), tmp_path / 'checkpoints' / 'step_00000005'
    end = checkpoint_tensors(model, opt)
    model, opt = tiny(optimizer)
    first = losses(model, opt, 5)
    held = checkpoint_tensors(model, opt)
    write_checkpoint(path, held, {'step': 5})
    size = sum(v.nbytes for v in held.values())
    assert 4 * n_params(model) < size <= bytes_each * n_params(model)  # Muon: one moment for matrices
    assert size <= (path / '__0_0.distcp').stat().st_size < size + 4000 * len(held)
    model, opt = tiny(optimizer)
    opt.step_count = read_checkpoint(path, checkpoint_tensors(model, opt))['step']
    assert first + losses(model, opt, 7) == truth
    assert all(torch.equal(v, end[k]) for k, v in checkpoint_tensors(model, opt).items())


def test_hashes_are_those_of_the_standard(tmp_path):
    (tmp_path / 'a').write_bytes(b'abc')
    (tmp_path / 'b').write_bytes(b'')
    (tmp_path / 'manifest.json').write_text('not hashed: it holds the hashes')
    assert file_hashes(tmp_path) == {  # FIPS 180
        'a': 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
        'b': 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
    }


def test_a_flipped_bit_changes_about_half_of_a_hash():
    text = ENGLISH_SENTENCE.encode()
    whole, counts = int.from_bytes(sha256(text).digest()), []
    for bit in range(8 * len(text)):
        data = bytearray(text)
        data[bit // 8] ^= 1 << bit % 8
        counts.append((whole ^ int.from_bytes(sha256(data).digest())).bit_count())
    assert min(counts) > 80 and abs(sum(counts) / len(counts) - 128) < 3  # as 256 throws of a coin


def test_damage_is_what_the_manifest_lists_and_is_not_there(tmp_path):
    (tmp_path / 'a').write_bytes(b'abc')
    (tmp_path / 'b').write_bytes(b'')
    (tmp_path / 'manifest.json').write_text('no JSON')
    assert corrupt_files(tmp_path) == ['manifest.json']
    (tmp_path / 'manifest.json').write_text(json.dumps(file_hashes(tmp_path)))
    assert corrupt_files(tmp_path) == []
    (tmp_path / '.DS_Store').write_bytes(b'?')  # nobody listed it
    assert corrupt_files(tmp_path) == []
    (tmp_path / 'a').write_bytes(b'abd')
    (tmp_path / 'b').unlink()
    assert corrupt_files(tmp_path) == ['a', 'b']
    (tmp_path / 'manifest.json').unlink()
    assert corrupt_files(tmp_path) == ['manifest.json']


class PowerCut(BaseException): ...


@pytest.mark.parametrize('call', [1, 2, 3])
def test_a_power_cut_at_any_rename_leaves_the_old_ones(run, monkeypatch, call):
    "`os.replace` names `state.json`, `manifest.json`, the folder: the first, second or third call fails."
    real, calls = os.replace, []

    def replace(*args):
        calls.append(args)
        if len(calls) == call:
            raise PowerCut
        return real(*args)

    before, three = checkpoints(run), run / 'checkpoints' / 'step_00000003'
    with monkeypatch.context() as m:
        m.setattr(os, 'replace', replace)
        with pytest.raises(PowerCut):
            write_checkpoint(three, TENSORS, {'step': 3})
    assert checkpoints(run) == before and not any(map(corrupt_files, before))
    write_checkpoint(three, TENSORS, {'step': 3})  # what was left is in nobody's way
    assert checkpoints(run) == [*before, three] and not corrupt_files(three)


def test_when_the_disk_is_full_the_part_is_removed(run, monkeypatch):
    def full(*args):
        raise OSError(errno.ENOSPC, 'No space left on device')

    before = checkpoints(run)
    monkeypatch.setattr(os, 'fsync', full)
    with pytest.raises(OSError, match=r'No space left on device\); those written before are untouched'):
        write_checkpoint(run / 'checkpoints' / 'step_00000003', TENSORS, {'step': 3})
    assert sorted((run / 'checkpoints').iterdir()) == before and not any(map(corrupt_files, before))


def test_what_is_read_equals_what_was_written(run):
    one, back = checkpoints(run)[0], blank()
    assert read_checkpoint(one, back) == {'step': 1, 'val_loss': 1}
    assert all(torch.equal(back[k], TENSORS[k]) for k in TENSORS)
    back = {k: v for k, v in blank().items() if k.startswith('model.')}
    read_checkpoint(one, back, only='model.')
    assert all(torch.equal(back[k], TENSORS[k]) for k in back)


def not_this(state):
    raise ValueError(f'not from step {state["step"]}')


@pytest.mark.parametrize(
    'said, change, more',
    [
        (r'model.w is \(3, 4\) float32 there and \(4, 3\) float32', {'model.w': torch.zeros(4, 3)}, {}),
        (r'half is \(5,\) bfloat16 there and \(5,\) float32', {'model.half': torch.zeros(5)}, {}),
        ('another model', {'more': torch.zeros(1)}, {}),
        ('another model', {}, {'only': 'model.'}),
        ('not from step 1', {}, {'agree': not_this}),
    ],
)
def test_what_does_not_fit_is_refused_and_nothing_is_touched(run, said, change, more):
    back = blank() | change
    with pytest.raises(ValueError, match=said):
        read_checkpoint(checkpoints(run)[0], back, **more)
    assert not any(v.any() for v in back.values())
    with pytest.raises(FileNotFoundError, match='there is no checkpoint'):
        read_checkpoint(run / 'nowhere', back)


def pruned(folder, losses, keep_last, keep_best):
    "The steps whose checkpoints stay when one is written after each of these losses."
    for step, loss in enumerate(losses, 1):
        home = folder / 'checkpoints' / f'step_{step:08d}'
        home.mkdir(parents=True)
        (home / 'state.json').write_text(json.dumps({'step': step, 'val_loss': loss}))
        (home / 'manifest.json').write_text('{}')
        (folder / 'checkpoints' / f'step_{step:08d}.part').mkdir()  # and a torn one beside each
        prune_checkpoints(folder, keep_last, keep_best)
        assert not list(folder.glob('checkpoints/*.part'))
    return [int(p.name[5:]) for p in checkpoints(folder)]


@pytest.mark.parametrize(
    'losses, keep_last, keep_best, stay',
    [
        ([5, 4, 3, 2, 1], 2, True, [4, 5]),
        ([5, 2, 3, 4, 6], 2, True, [2, 4, 5]),
        ([5, 2, 3, 4, 6], 2, False, [4, 5]),
        ([None, 3, None, 4, None], 1, True, [2, 5]),  # steps without a validation cannot be the best
        ([None, None], 1, True, [2]),
        ([float('nan'), 3, 4], 1, True, [2, 3]),  # a model that has diverged is not the best
        ([3 / s + 0.004 * s**2 for s in range(1, 13)], 2, True, [7, 11, 12]),
    ],
)
def test_the_newest_and_the_best_stay(tmp_path, losses, keep_last, keep_best, stay):
    assert pruned(tmp_path, losses, keep_last, keep_best) == stay
    assert best_checkpoint(tmp_path / 'nowhere') is None


def test_pruning_sweeps_up_after_a_crash_between_two_renames(tmp_path):
    pruned(tmp_path, [3, 2, 1, 2, 3, 4], 6, False)
    for path in checkpoints(tmp_path):
        for ending in ('.part', '.old.part'):
            path.with_name(path.name + ending).mkdir()
    prune_checkpoints(tmp_path, 1)
    assert [p.name for p in (tmp_path / 'checkpoints').iterdir()] == ['step_00000006']


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
