"Which run a command starts, resumes or uses; the chain pretrain, instruct, chat with kills at random."

import json
import multiprocessing
import os
import random
import shlex
import shutil
import signal
import subprocess
import sys
from types import SimpleNamespace

import pytest
from conftest import TINY

from llm_book import chat, classify, generate, instruct, pretrain
from llm_book.core.runs import (
    find_model,
    finish_run,
    how_to_finish,
    is_finished,
    open_run,
    read_run,
    unlock_run,
    runs_of,
)
from llm_book.data.corpus import DataConfig, tales_corpus
from llm_book.data.datasets import tales_split
from llm_book.model import hub
from llm_book.train.base_models import resolve_checkpoint
from llm_book.train.checkpoints import checkpoints
from llm_book.train.trainer import Trainer
from llm_book.tune.classifier_files import open_classifier

TUNE = [
    '--data.n_train',
    '24',
    '--data.n_val',
    '9',
    '--training.max_steps',
    '6',
    '--training.warmup_steps',
    '1',
    '--training.save_step',
    '2',
    '--n_ask',
    '1',
]
BOOK = [*TINY, '--training.save_step', '2']
LABELS = [
    *TINY[:6],
    '--model.config.vocab_size',
    '300',
    '--data.n_stories',
    '80',
    '--training.max_steps',
    '6',
    '--training.warmup_steps',
    '2',
]
COMMANDS = {
    'pretrain': (pretrain, 'pretraining', BOOK, 'tales'),
    'classify': (classify, 'classification', LABELS, 'tales-ending'),
    'instruct': (instruct, 'instruction', TUNE, 'tales'),
}
BUILD = {
    'pretrain': (pretrain.build_pretraining, pretrain.pretrain_settings),
    'classify': (classify.build_classifier, classify.classify_settings),
    'instruct': (instruct.build_sft, instruct.instruct_settings),
}
HOLD = (
    'import sys; from pathlib import Path; from llm_book.core.runs import lock_run; '
    'lock_run(Path(sys.argv[1])); print(flush=True); sys.stdin.read()'
)


@pytest.fixture(scope='module')
def project(tmp_path_factory):
    "A project with a finished pretraining run `base`."
    root = tmp_path_factory.mktemp('project')
    env = os.environ | {'LLM_PROJECT_ROOT': str(root), 'LLM_BOOK_MIRROR': ''}
    subprocess.run(
        [sys.executable, '-m', 'llm_book.pretrain', *BOOK, '--run', 'base', '--training.max_steps', '1'],
        cwd=root,
        env=env,
        check=True,
        capture_output=True,
    )
    return root


@pytest.fixture
def place(project, monkeypatch):
    monkeypatch.chdir(project)
    monkeypatch.setenv('LLM_PROJECT_ROOT', str(project))
    monkeypatch.setenv('LLM_BOOK_MIRROR', '')
    yield project
    for task in ('pretraining', 'classification', 'instruction'):
        for folder in (project / 'logs' / task).glob('*'):
            if folder.name != 'base':
                unlock_run(folder)
                shutil.rmtree(folder)


def built(command, *more):
    "The run that a command opens: its name and step, and what was said."
    _, _, args, _ = COMMANDS[command]
    said = []
    if command == 'instruct':
        more = ['--init_from', 'base', *more]
    build, settings = BUILD[command]
    found = build(settings([*args, *more]), said.append)
    trainer = found.trainer if command == 'instruct' else found[0]
    return trainer, said


def situation(command, kind):
    "A run of the command's name, of this kind, at step 1; its folder."
    if kind == 'none':
        return None
    trainer, _ = built(command, *(['--training.seed', '1'] if 'other' in kind else []))
    trainer.train_step()
    trainer.save_checkpoint()
    if 'finished' in kind.split():
        finish_run(trainer.folder)
    unlock_run(trainer.folder)
    return trainer.folder


# what happens without --resume, with auto, with never: `new` is the next free name, `on` the existing run
TABLE = {
    'none': ('new', 'new', 'new'),
    'unfinished': ('on', 'on', 'new'),
    'unfinished other': ('new', 'refused', 'new'),
    'finished': ('new', 'on', 'new'),
    'finished other': ('new', 'refused', 'new'),
    'in use': ('refused', 'refused', 'new'),
    'in use other': ('new', 'refused', 'new'),
}


@pytest.mark.parametrize(
    'command,kinds',
    [
        ('pretrain', list(TABLE)),
        ('classify', ['unfinished', 'finished', 'in use']),
        ('instruct', ['unfinished', 'finished', 'in use']),
    ],
)
def test_the_table_of_cases(place, command, kinds):
    _, task, _, name = COMMANDS[command]
    for kind in kinds:
        for resume, wanted in zip(([], ['--resume', 'auto'], ['--resume', 'never']), TABLE[kind]):
            folder = situation(command, kind)
            other = None
            if 'in use' in kind:
                other = subprocess.Popen(
                    [sys.executable, '-c', HOLD, folder],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    text=True,
                )
                other.stdout.readline()
            before = {p: (p / 'config.yaml').read_text() for p in runs_of(task, name)}
            try:
                trainer, said = built(command, *resume)
            except ValueError as e:
                assert wanted == 'refused', (command, kind, resume, e)
                assert ('in use by process' if 'in use' in kind else 'another') in str(e) and '\n' not in str(
                    e
                )
            else:
                got = ('on', 1) if trainer.folder in before else ('new', 0)
                assert (got[0], trainer.step) == (wanted, got[1]), (command, kind, resume)
                note = [
                    line
                    for line in said
                    if 'going on with it (a new run: --resume never)' in line or '--resume logs' in line
                ]
                assert len(note) == (
                    kind == 'unfinished'
                    and wanted == 'on'
                    or 'other' in kind
                    and 'finished' not in kind.split()
                    and not resume
                )
                if wanted == 'new':
                    assert trainer.folder.name == (f'{name}-2' if before else name)
            if wanted != 'on':
                assert before == {p: (p / 'config.yaml').read_text() for p in before}  # untouched
            if other:
                other.kill()
                other.communicate()
            for folder in runs_of(task, name):
                unlock_run(folder)
                shutil.rmtree(folder)


def refusal(module, *args):
    "What a command says when it refuses: one line."
    with pytest.raises((ValueError, OSError)) as e:
        module.main(list(map(str, args)))
    assert '\n' not in str(e.value)
    return str(e.value)


def test_later_commands_take_the_newest_finished_run(place, capsys):
    unfinished = situation('pretrain', 'unfinished')
    tune = [*TUNE, '--n_ask', '0', '--init_from']
    for module, args in (
        (instruct, [*tune, 'tales']),
        (instruct, [*tune, unfinished]),
        (generate, ['--model', 'tales']),
        (chat, ['-', '--model', 'tales']),
        (classify, [*LABELS, '--init_from', 'tales']),
    ):
        says = refusal(module, *args)
        assert (
            'tales is not finished: give its command again, or python -m llm_book.pretrain --config' in says
        ), says
    pretrain.main(
        says.split('again, or python -m llm_book.pretrain ')[1].split()
    )  # what it says is a command that does it
    assert 'going on from step 1' in capsys.readouterr().out and is_finished(unfinished)
    assert [p.name for p in runs_of('pretraining', 'tales')] == ['tales']
    unfinished.with_name('tales-2').mkdir()
    (unfinished.with_name('tales-2') / 'metrics.jsonl').touch()  # of an older version: no run.json
    instruct.main([*tune, 'tales'])
    assert 'weights from logs/pretraining/tales/model' in capsys.readouterr().out
    (unfinished / 'run.json').write_text('{"format": 0}')
    assert 'is a run of format 0, and this version reads format 1: train it again' in refusal(
        instruct, *tune, 'tales'
    )
    assert 'format 0' in refusal(pretrain, *BOOK, '--resume', unfinished)
    assert 'format 0' in refusal(pretrain, *BOOK, '--resume', 'auto')


@pytest.mark.parametrize(
    'task,command,use',
    [
        ('pretraining', 'pretrain', 'generate'),
        ('classification', 'classify', 'classify predict'),
        ('instruction', 'instruct', 'chat'),
    ],
)
def test_a_run_of_another_task_is_named(task, command, use, place):
    folder = place / 'logs' / task / 'k0'
    folder.mkdir(parents=True)
    (folder / 'run.json').write_text('{"format": 1, "finished": true}')
    says = (
        f"'k0' is a run of {command}, not of .*; logs/{task}/k0 is its folder, "
        f'python -m llm_book.{use} --model k0 uses it'
    )
    opens = {
        'classification': [open_classifier],
        'pretraining': [resolve_checkpoint, find_model],
        'instruction': [find_model],
    }
    for used in opens.keys() - {task}:
        for f in opens[used]:
            if f is find_model and task != 'classification':
                assert find_model('k0') == str(folder)
                continue
            with pytest.raises(ValueError, match=says):
                f('k0')


@pytest.mark.parametrize('name', ['a/b', 'a.b', '你好'])
def test_a_name_leaves_nothing_beside_its_run(place, name):
    trainer, _ = built('pretrain', '--run', name)
    unlock_run(trainer.folder)
    hidden = [p for p in (place / 'logs').rglob('.*') if p.name != '.metadata']  # that is of checkpoints
    assert trainer.folder == place / 'logs' / 'pretraining' / name and not hidden


def test_a_run_that_cannot_be_built_leaves_nothing(place):
    with pytest.raises(ValueError, match='shorten it'):
        built('pretrain', '--run', 'long', '--training.sample_prompt', 'a b c ' * 300)
    assert not runs_of('pretraining', 'long')


def test_shards_of_an_older_format_are_refused(place):
    meta = next((place / 'data' / 'pretrain').glob('*/data_bin/*/meta.json'))
    text = meta.read_text()
    tokenizer = next(meta.parent.parent.parent.glob('tokenizer/*'))
    try:
        for old, says in (
            (
                text.replace('shards 2', 'shards 1'),
                'llm_book shards 1, not llm_book shards 2: prepare it again',
            ),
            ('{"splits": {}}', 'does not describe shards of ours'),
        ):
            meta.write_text(old)
            assert says in refusal(
                pretrain, *BOOK, '--data.train_path', meta.parent, '--data.tokenizer', tokenizer
            )
        assert not runs_of('pretraining', 'tales')  # and nothing is left
        meta.write_text(text.replace('shards 2', 'shards 1'))
        built('pretrain')  # what the book generates is generated again
        assert json.loads(meta.read_text()) == json.loads(text)
    finally:
        meta.write_text(text)


# ---- checkpoints that are damaged, or left behind


def two_checkpoints(command):
    "A run that was stopped at step 2, with a checkpoint of step 1 too; its folder."
    trainer, _ = built(command)
    for _ in range(2):
        trainer.train_step()
        trainer.save_checkpoint()
    unlock_run(trainer.folder)
    return trainer.folder


@pytest.mark.parametrize('command', list(COMMANDS))
def test_a_damaged_newest_checkpoint_is_passed_over(place, command):
    folder = two_checkpoints(command)
    one, two = checkpoints(folder)
    for resume in ([], ['--resume', 'auto'], ['--resume', folder]):
        for path in sorted(two.iterdir()) if command == 'pretrain' and not resume else [two / '__0_0.distcp']:
            whole = path.read_bytes()
            path.write_bytes(whole[: len(whole) // 2])
            trainer, said = built(command, *resume)
            [note] = [line for line in said if 'is damaged' in line]
            assert trainer.step == 1 and path.name.removesuffix('.metadata') in note and '\n' not in note
            assert 'step_00000001, which is whole' in note
            assert len(checkpoints(folder)) == 2  # nothing is moved before the training begins
            path.write_bytes(whole)
    (two / 'state.json').unlink()
    with pytest.raises(ValueError, match='go on from .*step_00000001'):
        built(command, '--resume', two)  # who names a checkpoint gets this one or none
    (one / 'state.json').unlink()
    with pytest.raises(ValueError, match='no other checkpoint of this run is whole'):
        built(command)


def test_going_back_keeps_later_checkpoints_until_there_are_new_ones(place):
    folder = two_checkpoints('pretrain')
    one, two = checkpoints(folder)
    kept = (two / 'manifest.json').read_text()
    more = ['--training.save_step', '1', '--training.max_steps', '3']
    trainer, said = built('pretrain', '--resume', one, *more)
    assert [line for line in said if 'step_00000002: set aside in' in line], said
    trainer.files.open_records(trainer.step, None, [])
    assert checkpoints(folder) == [one] and (folder / 'checkpoints/aside' / two.name).is_dir()
    unlock_run(folder)  # as if it were killed here
    trainer, _ = built('pretrain', '--resume', folder, *more)
    assert (
        trainer.step == 1 and (folder / 'checkpoints/aside' / two.name / 'manifest.json').read_text() == kept
    )
    trainer.train()
    assert [p.name[-1] for p in checkpoints(folder)] == ['2', '3']
    assert not list((folder / 'checkpoints/aside').iterdir())


# ---- no room


def test_a_run_that_does_not_fit_is_refused_before_its_first_step(place, monkeypatch):
    monkeypatch.setattr(shutil, 'disk_usage', lambda path: SimpleNamespace(free=1000))
    for command in COMMANDS:
        with pytest.raises(OSError, match='0 MB are free, .* make room, lower training.keep_last') as e:
            built(command, '--run', 'large')
        assert '\n' not in str(e.value) and not runs_of(COMMANDS[command][1], 'large')


def test_a_failed_export_is_repeated_alone(place, monkeypatch, capsys):
    def full(*args):
        raise OSError(28, 'No space left on device')

    args = [*BOOK, '--run', 'full', '--training.max_steps', '3']
    with monkeypatch.context() as m:
        m.setattr(hub, 'save_file', full)
        assert 'the same command writes it, without training again' in refusal(pretrain, *args)
    [folder] = runs_of('pretraining', 'full')
    assert not is_finished(folder) and not (folder / 'model').exists()
    monkeypatch.setattr(Trainer, 'timed_step', full)  # a step would fail
    pretrain.main(args)
    assert is_finished(folder) and (folder / 'model' / 'model.safetensors').is_file()
    assert 'was not finished: going on with it' in capsys.readouterr().out


# ---- started together


def prepare(root, seed, gate):
    "What a run with this seed reads, prepared in a project that others use too."
    os.environ['LLM_PROJECT_ROOT'] = str(root)
    gate.wait()
    world = tales_corpus(DataConfig(n_train=600, n_val=4, n_heldout=4), 1024, 192, seed)
    shards = world.splits['train'].shards
    assert world.tokenizer.decode(shards.doc(599)) == list(tales_split('train', 600, seed=seed))[-1]


@pytest.mark.process
@pytest.mark.parametrize('sweeps', [2, pytest.param(10, marks=pytest.mark.slow)])
def test_a_sweep_over_seeds_starts_together(tmp_path, sweeps):
    fork = multiprocessing.get_context('fork')
    for i in range(sweeps):
        gate, seeds = fork.Barrier(4), (0, 1, 2, 2)
        runs = [fork.Process(target=prepare, args=(tmp_path / str(i), seed, gate)) for seed in seeds]
        for p in runs:
            p.start()
        for p in runs:
            p.join()
        assert [p.exitcode for p in runs] == [0] * 4
        kept = [p for p in (tmp_path / str(i)).rglob('data_bin/*')]
        assert len(kept) == 3 and all((p / 'meta.json').is_file() for p in kept)  # and no lock is left


# ---- killed at random

# Commands as processes that kill themselves before the k-th change on disk, or fill the disk then with the
# file `filler`; imported once, then forked.
DRIVER = '''
import json, os, runpy, signal, sys
import llm_book.serve.sessions, llm_book.train.setup, llm_book.data.corpus, llm_book.tune.sft, llm_book.train.records
import torch.distributed.checkpoint, matplotlib.figure, torch.utils.tensorboard
def fill(path):
    fd = os.open(path, os.O_WRONLY | os.O_CREAT)
    try:
        while os.write(fd, bytes(2**16)): pass
    except OSError: os.close(fd)
def start(module, argv, k, log, typed, filler):
    root, seen = os.environ['LLM_PROJECT_ROOT'], [0]
    def watch(event, args):
        if event not in ('open', 'os.rename', 'os.mkdir', 'os.remove', 'os.rmdir'): return
        if not str(args[0]).startswith(root): return
        if event == 'open' and not (args[1] and set(str(args[1])) & set('wax+') or (args[2] or 0) & (os.O_WRONLY | os.O_RDWR)): return
        seen[0] += 1
        if seen[0] == k: fill(filler) if filler else os.kill(os.getpid(), signal.SIGKILL)
    out = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(out, 1), os.dup2(out, 2)
    os.dup2(os.memfd_create('typed'), 0)
    os.write(0, typed.encode()), os.lseek(0, 0, 0)
    sys.stdin = open(0, closefd=False)
    sys.argv = [module, *argv]
    sys.addaudithook(watch)
    try: runpy.run_module(f'llm_book.{module}', run_name='__main__', alter_sys=True)
    except SystemExit as e: code = e.code or 0
    sys.stdout.flush(), sys.stderr.flush()
    with open(log + '.changes', 'w') as f: f.write(str(seen[0]))
    os._exit(code)
for line in sys.stdin:
    order = json.loads(line)
    os.environ['LLM_PROJECT_ROOT'] = order.pop('root')
    os.chdir(os.environ['LLM_PROJECT_ROOT'])
    pid = os.fork()
    if not pid: start(**order)
    print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), flush=True)
'''  # noqa: E501


class Driver:
    "Starts commands and waits for their end."

    def __enter__(self):
        self.process = subprocess.Popen(
            [sys.executable, '-c', DRIVER],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=os.environ | {'LLM_BOOK_MIRROR': ''},
        )
        return self

    def __exit__(self, *error):
        self.process.kill()
        self.process.communicate()

    def ended(self, root, module, argv, k=0, typed='', filler='', log=''):
        "The exit code of a command that is killed before its k-th change, or finds the disk full then."
        root.mkdir(exist_ok=True)
        order = {
            'root': str(root),
            'module': module,
            'argv': argv,
            'k': k,
            'log': str(log or f'{root}-{module}.log'),
            'typed': typed,
            'filler': str(filler),
        }
        self.process.stdin.write(json.dumps(order) + '\n')
        self.process.stdin.flush()
        return int(self.process.stdout.readline())

    def killed(self, root, module, argv, k=0, typed=''):
        "Whether the command was killed before its k-th change; it must not end otherwise than well."
        code = self.ended(root, module, argv, k, typed)
        assert code in (0, -signal.SIGKILL), open(f'{root}-{module}.log').read()
        assert k or code == 0
        return code != 0

    def changes(self, root, module):
        return int(open(f'{root}-{module}.log.changes').read())


def weights(root, task):
    "What a run without its moments and times comes to."
    [folder] = runs_of_root(root, task)
    assert read_run(folder) == {'format': 1, 'finished': True}
    rows = [json.loads(line) for line in (folder / 'metrics.jsonl').read_text().splitlines()]
    return (folder / 'model' / 'model.safetensors').read_bytes(), [
        (r['step'], r['loss']) for r in rows if 'loss' in r
    ]


def runs_of_root(root, task):
    return sorted(p for p in (root / 'logs' / task).iterdir() if p.is_dir())


def killed_chain(driver, tmp_path, plans, kills, chance, name='storm'):
    "Runs the commands, each killed and started again up to so many times; returns the number of kills."
    root, total = tmp_path / name, 0
    for module, argv in plans.items():
        n = driver.changes(tmp_path / 'calm', module)
        for _ in range(kills):
            if not driver.killed(root, module, argv, chance.randint(1, n // 2)):
                break
            total += 1
        else:
            driver.killed(root, module, argv)
    return total


def chain(tmp_path, plans, at_least, kills, seed=0):
    "After any number of kills the chain ends as if nothing had happened, and the model answers."
    chance, total, rounds = random.Random(seed), 0, 0
    with Driver() as driver:
        for module, argv in plans.items():
            driver.killed(tmp_path / 'calm', module, argv)
        while total < at_least:
            name = f'storm{rounds}'
            total += killed_chain(driver, tmp_path, plans, kills, chance, name)
            print(f'{name}: {total} kills so far')
            rounds += 1
            for task in ('pretraining', 'instruction'):
                assert weights(tmp_path / 'calm', task) == weights(tmp_path / name, task), (name, task)
        for root in ('calm', 'storm0'):
            driver.killed(
                tmp_path / root,
                'chat',
                ['-', '--model', 'tales', '--max_new_tokens', '8'],
                typed='Tell a tale.',
            )
    answers = [(tmp_path / f'{root}-chat.log').read_text() for root in ('calm', 'storm0')]
    assert answers[0] == answers[1] and len(answers[0]) > 20, answers


@pytest.mark.process
def test_the_chain_after_some_kills(tmp_path):
    chain(tmp_path, {'pretrain': BOOK, 'instruct': TUNE}, 4, 2)


@pytest.mark.slow
@pytest.mark.process
def test_the_chain_after_many_kills(tmp_path):
    chain(tmp_path, {'pretrain': BOOK, 'instruct': TUNE}, 20, 5, seed=1)


@pytest.mark.slow
@pytest.mark.process
def test_the_chain_with_the_defaults_twice(tmp_path):
    chain(tmp_path, {'pretrain': [], 'instruct': []}, 3, 1, seed=2)


def test_the_command_that_goes_on_can_be_pasted(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / 'logs' / 'pretraining' / "my dog's run"
    words = shlex.split(how_to_finish(folder))
    place = "logs/pretraining/my dog's run"
    assert words[2:] == ['llm_book.pretrain', '--config', f'{place}/config.yaml', '--resume', place]


def test_no_run_stands_in_another(tmp_path, monkeypatch):
    monkeypatch.setenv('LLM_PROJECT_ROOT', str(tmp_path))
    for name in ('a/b', 'c'):
        finish_run(open_run('pretraining', name, {'run': name}).folder)
    assert (tmp_path / 'logs' / 'pretraining' / 'a' / 'b' / 'run.json').is_file()
    for name in ('a/b/c', 'c/model', 'c/checkpoints/x'):
        with pytest.raises(ValueError, match='is a run: give another name than one of a folder in it'):
            open_run('pretraining', name, {'run': name})
