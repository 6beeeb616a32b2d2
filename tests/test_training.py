"The Trainer: exact resume, many kills, stop signals, guards, records, changed settings."

import json
import math
import os
import subprocess
import sys
import threading
from itertools import pairwise
from types import SimpleNamespace

import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode

from llm_book.data.batches import Batches
from llm_book.train.checkpoint_metadata import read_dcp_metadata
from llm_book.train.checkpoints import checkpoints, file_hashes, read_checkpoint
from llm_book.model.gpt import GPTConfig, GPTModel, gpt_flops_per_token, head_loss
from llm_book.train.memory import saved_bytes
from llm_book.train.optim import make_optimizer
from llm_book.train.config import TrainConfig
from llm_book.train.step import step_seed
from llm_book.train.trainer import Trainer


class Elsewhere(torch.optim.Optimizer):
    "Lion as others write it: its moment comes with the first step."

    def __init__(self, params, lr=1e-4, betas=(0.9, 0.99), weight_decay=0.0):
        super().__init__(params, dict(lr=lr, betas=betas, weight_decay=weight_decay))

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            for p in (p for p in group['params'] if p.grad is not None):
                state = self.state[p]
                if not state:
                    state['exp_avg'] = torch.zeros_like(p)
                m, (b1, b2) = state['exp_avg'], group['betas']
                p.mul_(1 - group['lr'] * group['weight_decay'])
                p.add_((b1 * m + (1 - b1) * p.grad).sign(), alpha=-group['lr'])
                m.mul_(b2).add_(p.grad, alpha=1 - b2)


class Rows:
    "Sixty samples of unequal length; sample i is a function of i."

    lengths = torch.randint(4, 13, (60,), generator=torch.Generator().manual_seed(0)).numpy()

    def __len__(self):
        return 60

    def rows(self, ids):
        tokens, targets = torch.zeros(len(ids), 12, dtype=torch.int64), torch.full((len(ids), 12), -100)
        for x, y, i in zip(tokens, targets, map(int, ids)):
            row = torch.randint(1, 40, (13,), generator=torch.Generator().manual_seed(i))
            x[:], y[: self.lengths[i]] = row[:-1], row[1 : self.lengths[i] + 1]
        return tokens, targets


class Logged(Batches):
    "Batches that write down which samples each step got."

    log = None

    def batch(self, step):
        if self.log:
            with open(self.log, 'a') as f:
                f.write(f'{step}: {self.ids(step)}\n')
        return super().batch(step)


def trainer(folder=None, steps=20, num_workers=0, cls=Logged, **settings):
    "A tiny model with dropout, four micro-batches a step, always the same at the start."
    config = TrainConfig(
        **dict(
            max_steps=steps,
            batch_size=8,
            micro_batch_size=2,
            warmup_steps=3,
            eval_freq=5,
            save_step=7,
            seed=3,
        )
        | settings
    )
    torch.manual_seed(config.seed)
    model = GPTModel(
        GPTConfig(vocab_size=40, context_length=16, emb_dim=16, n_heads=2, n_layers=2, drop_rate=0.2)
    )
    train = cls(Rows(), config.batch_size, config.micro_batch_size, config.seed, num_workers=num_workers)
    return Trainer(
        model,
        train,
        Batches(Rows(), 16, shuffle=False),
        make_optimizer(model, config),
        config,
        folder=folder,
        identity={'data': 'rows'},
        flops_per_token=gpt_flops_per_token(model.cfg, 16),
    )


def resumed(folder, at=-1, **settings):
    t = trainer(folder, **settings)
    t.load_checkpoint(checkpoints(folder)[at])
    return t


def metrics(folder):
    return [json.loads(line) for line in (folder / 'metrics.jsonl').read_text().splitlines()]


def curve(folder, key='loss'):
    return [(r['step'], r[key]) for r in metrics(folder) if key in r]


def tensors(folder):
    "The newest checkpoint's tensors."
    table = read_dcp_metadata(path := checkpoints(folder)[-1]).state_dict_metadata
    read_checkpoint(path, out := {k: torch.empty(m.size, dtype=m.properties.dtype) for k, m in table.items()})
    return out


def same(a, b):
    "Two runs ended alike, to the last bit, and left the same curves, without a gap or a double."
    x, y = tensors(a), tensors(b)
    assert x.keys() == y.keys() and all(torch.equal(x[k], y[k]) for k in x)
    for key in ('loss', 'val_loss', 'grad_norm', 'lr', 'tokens'):
        assert curve(a, key) == curve(b, key), key
    steps = [s for s, _ in curve(a)]
    assert steps == list(range(1, steps[-1] + 1))


HARNESS = f"""
import os, random, signal, sys, time
from pathlib import Path
os.environ['MPLBACKEND'] = 'agg'
sys.path.insert(0, {os.path.dirname(__file__)!r})
import matplotlib.figure, torch, torch.distributed.checkpoint, torch.utils.tensorboard, tqdm
from test_training import Logged, checkpoints, resumed, trainer
home = Path(sys.argv[1])

def child(f):
    "Runs f in a process of its own, which knows nothing of what others did before; its id."
    if pid := os.fork(): return pid
    try: f()
    except BaseException as e:
        print(type(e).__name__, e, file=sys.stderr)
        os._exit(1)
    os._exit(0)

def live(f):
    code = os.waitstatus_to_exitcode(os.waitpid(child(f), 0)[1])
    return code
"""

OPTIMIZERS = 'adamw', 'muon', 'lion', 'test_training:Elsewhere', 'torch.optim:NAdam'

THEOREM = (
    HARNESS
    + """
class Killed(Logged):
    def batch(self, step):
        if step == 9: os.kill(os.getpid(), signal.SIGKILL)
        return super().batch(step)

def run(folder, go_on=False, cls=Logged, **settings):
    def f():
        t = resumed(folder, cls=cls, **settings) if go_on else trainer(folder, cls=cls, **settings)
        t.train_loader.log = home/f'{folder.name}.ids'
        t.train()
    return f

for optimizer in {OPTIMIZERS}:
    for precision in ('fp32', 'bf16', 'fp16'):
        if precision != 'fp32' and optimizer not in ('adamw', 'muon'): continue
        name, settings = f'{optimizer}-{precision}', dict(optimizer=optimizer, precision=precision, num_workers=2)
        assert live(run(home/f'whole-{name}', **settings)) == 0
        assert live(run(home/f'killed-{name}', cls=Killed, **settings)) == -9
        assert [p.name for p in checkpoints(home/f'killed-{name}')] == ['step_00000007']
        assert live(run(home/f'killed-{name}', go_on=True, **settings | dict(num_workers=1))) == 0
""".replace('{OPTIMIZERS}', repr(OPTIMIZERS))  # noqa: E501
)


def script(source, *args):
    done = subprocess.run(
        [sys.executable, '-c', source, *map(str, args)], capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope='module')
def theorem(tmp_path_factory):
    home = tmp_path_factory.mktemp('theorem')
    script(THEOREM, home)
    return home


@pytest.mark.parametrize(
    'optimizer,precision',
    [(o, p) for o in OPTIMIZERS for p in ('fp32', 'bf16', 'fp16') if p == 'fp32' or o in ('adamw', 'muon')],
)
def test_twenty_steps_are_seven_and_a_kill_and_thirteen(theorem, optimizer, precision):
    name = f'{optimizer}-{precision}'
    same(theorem / f'whole-{name}', theorem / f'killed-{name}')
    seen = {kind: (theorem / f'{kind}-{name}.ids').read_text().splitlines() for kind in ('whole', 'killed')}
    assert (
        seen['killed'][:9] == seen['whole'][:9]
        and seen['killed'][9:] == seen['whole'][7:]
        and len(seen['whole']) == 20
    )


def test_the_theorem_can_fail(theorem):
    "Its measure sees a change of one bit, and that dropout, seed and optimizer matter."
    x = tensors(theorem / 'whole-adamw-fp32')
    assert any(
        not torch.equal(v, tensors(theorem / 'whole-muon-fp32').get(k))
        for k, v in x.items()
        if k.startswith('model.')
    )
    a, b = trainer(seed=3), trainer(seed=4)
    assert float(a.train_step()['loss']) != float(b.train_step()['loss'])
    a, b = trainer(), trainer()
    b.model.eval()
    assert float(a.train_step()['loss']) != float(b.train_step()['loss'])


STORM = (
    HARNESS
    + """
settings = dict(steps=300, save_step=5, eval_freq=50, num_workers=1)
class Waits(Logged):
    def batch(self, step):
        if step == 297: time.sleep(10**6)                                   # only a kill ends a life before the last
        return super().batch(step)
assert live(lambda: trainer(home/'calm', **settings).train()) == 0
chance, run, kills, torn = random.Random(1), home/'storm', 0, 0
def life(cls=Waits):
    t = resumed(run, cls=cls, **settings) if checkpoints(run) else trainer(run, cls=cls, **settings)
    t.train()
def newest(): return int(found[-1].name[5:]) if (found := checkpoints(run)) else 0
def writing(): return bool(list(run.glob('checkpoints/*[0-9].part')))
while kills < 30:
    before, pid = newest(), child(life)
    while newest() < min(before + 5, 295): time.sleep(0.0005)            # each life comes at least one checkpoint further
    time.sleep(0.05*chance.random())
    while kills % 3 == 0 and not writing() and newest() < 295: time.sleep(0.0002)
    time.sleep(0.003*chance.random())
    os.kill(pid, signal.SIGKILL)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == -9, 'the run was over before it was killed'
    kills, torn = kills + 1, torn + writing()
print('torn', torn, 'left for the last life', 300 - newest())
assert live(lambda: life(Logged)) == 0
"""  # noqa: E501
)


@pytest.mark.slow
@pytest.mark.process
def test_a_storm_of_thirty_kills(tmp_path):
    out = script(STORM, tmp_path)
    print(out)
    assert int(out.split()[1]) >= 3  # some died while they wrote a checkpoint
    same(tmp_path / 'calm', tmp_path / 'storm')
    assert len(curve(tmp_path / 'storm')) == 300 and len(curve(tmp_path / 'storm', 'val_loss')) == 6


@pytest.mark.process
def test_ctrl_c_and_sigterm_in_a_real_process(tmp_path):
    code = (
        HARNESS
        + """
from llm_book.core.commands import run_command
class Notice(Logged):
    def batch(self, step):
        if step == 8: os.kill(os.getpid(), getattr(signal, sys.argv[2]))
        return super().batch(step)
sys.exit(run_command(lambda argv: trainer(home/sys.argv[2], cls=Notice).train(), []))
"""
    )
    trainer(tmp_path / 'whole').train()
    for name, number in (('SIGTERM', 143), ('SIGINT', 130)):
        done = subprocess.run(
            [sys.executable, '-c', code, tmp_path, name], capture_output=True, text=True, timeout=100
        )
        assert done.returncode == number and 'Traceback' not in done.stderr, done.stderr
        assert f'{name}: stopped after step 9 of 20; to go on: --resume auto' in done.stderr
        assert [p.name for p in checkpoints(tmp_path / name)] == ['step_00000007', 'step_00000009']
        resumed(tmp_path / name).train()
        same(tmp_path / 'whole', tmp_path / name)


@pytest.mark.parametrize('step', [4, 5, 6, 7, 20])  # 5: in front of a look; 7: of a checkpoint; 20: the last
def test_a_notice_at_any_step_loses_no_point(tmp_path, step):
    class Notice(Logged):
        def batch(self, s):
            if s == step - 1:
                t.stop.note(15, None)
            return super().batch(s)

    trainer(tmp_path / 'whole').train()
    t = trainer(tmp_path / 'a', cls=Notice)
    with pytest.raises(SystemExit):
        t.train()
    resumed(tmp_path / 'a').train()
    same(tmp_path / 'whole', tmp_path / 'a')


def test_a_notice_during_a_look_or_while_a_checkpoint_is_written(tmp_path, monkeypatch):
    trainer(tmp_path / 'whole').train()
    for name, place in (('look', 'losses'), ('save', 'save_checkpoint')):
        t = trainer(tmp_path / name)
        real = getattr(t, place)

        def noticed(*args):
            if t.step == (10 if place == 'losses' else 7) and not (place == 'losses' and t.model.training):
                t.stop.note(15, None)
            return real(*args)

        monkeypatch.setattr(t, place, noticed)
        with pytest.raises(SystemExit):
            t.train()
        assert checkpoints(tmp_path / name)[-1].name == (
            'step_00000010' if place == 'losses' else 'step_00000007'
        )
        resumed(tmp_path / name).train()
        same(tmp_path / 'whole', tmp_path / name)


def test_training_in_a_thread(tmp_path):
    got = []
    thread = threading.Thread(target=lambda: got.append(trainer(tmp_path / 'run', steps=6).train()))
    thread.start()
    thread.join()
    assert math.isfinite(got[0])


def test_going_back_forgets_what_came_later(tmp_path):
    trainer(tmp_path / 'whole').train()
    trainer(tmp_path / 'run', keep_last=9).train()
    t = resumed(tmp_path / 'run', at=0, keep_last=9)  # from step 7, and the process dies at step 9
    t.train_loader.batch = lambda step, batch=t.train_loader.batch: batch(step) if step < 9 else 1 / 0
    with pytest.raises(ZeroDivisionError):
        t.train()
    assert [p.name for p in checkpoints(tmp_path / 'run')] == ['step_00000007']
    resumed(tmp_path / 'run').train()
    same(tmp_path / 'whole', tmp_path / 'run')


def test_a_damaged_checkpoint_names_the_one_before_and_from_there_it_goes_on(tmp_path):
    trainer(tmp_path / 'whole').train()
    trainer(tmp_path / 'run', keep_last=9).train()
    path = checkpoints(tmp_path / 'run')[-1] / '__0_0.distcp'
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 4
    path.write_bytes(data)
    with pytest.raises(
        ValueError, match='step_00000020 is damaged.*go on from .*step_00000014, which is whole'
    ):
        resumed(tmp_path / 'run')
    resumed(tmp_path / 'run', at=-2).train()
    same(tmp_path / 'whole', tmp_path / 'run')


def test_best_and_last_stay(tmp_path):
    t = trainer(tmp_path / 'run', steps=20, save_step=5, keep_last=1)
    values = iter([3.0, 1.0, 2.0, 4.0])
    t.evaluate = lambda: next(values)
    t.train()
    assert [p.name for p in checkpoints(tmp_path / 'run')] == ['step_00000010', 'step_00000020']
    assert [p.name for p in checkpoints(tmp_path / 'whole')] == []


def test_an_older_checkpoint_without_the_new_fields(tmp_path):
    trainer(tmp_path / 'run', steps=7).train()
    folder = checkpoints(tmp_path / 'run')[0]
    state = json.loads((folder / 'state.json').read_text())
    for key in ('skipped', 'in_row', 'scale', 'val_loss'):
        del state[key]
    for key in ('max_skipped', 'keep_best', 'checkpoint_activations', 'wandb'):
        del state['training'][key]
    (folder / 'state.json').write_text(json.dumps(state))
    (folder / 'manifest.json').write_text(json.dumps(file_hashes(folder)))
    t = resumed(tmp_path / 'run')
    assert t.step == 7 and t.resume_notes == ['training.max_steps was 7, from here on it is 20']
    t.train()


def test_settings_that_may_not_change_are_named(tmp_path):
    trainer(tmp_path / 'run', steps=14).train()
    for setting, value in (
        ('batch_size', 4),
        ('seed', 1),
        ('optimizer', 'muon'),
        ('precision', 'bf16'),
        ('schedule', 'wsd'),
        ('warmup_steps', 4),
        ('betas', (0.9, 0.99)),
        ('muon_momentum', 0.9),
    ):
        with pytest.raises(ValueError, match=f'another training.{setting}: .*, here .*--resume_override'):
            resumed(tmp_path / 'run', **{setting: value})
    t = trainer(tmp_path / 'run', batch_size=4)
    assert 'training.batch_size was 8, from here on it is 4 (overridden)' in t.load_checkpoint(
        checkpoints(tmp_path / 'run')[-1], override=True
    )
    t = resumed(tmp_path / 'run', learning_rate=0.5, min_lr=0.1, weight_decay=0.2, muon_lr=0.1, grad_clip=2.0)
    assert [line.split()[0] for line in t.resume_notes] == [
        f'training.{k}'
        for k in ('max_steps', 'learning_rate', 'min_lr', 'weight_decay', 'muon_lr', 'grad_clip')
    ]
    t.train()
    assert (
        'training.learning_rate was 0.001, from here on it is 0.5'
        in (tmp_path / 'run' / 'train.log').read_text()
    )
    assert all(b - a < 0.5 for (_, a), (_, b) in pairwise(curve(tmp_path / 'run', 'lr')))
    with pytest.raises(ValueError, match='20 steps behind it, more than the 10'):
        resumed(tmp_path / 'run', steps=10)


def test_a_wrong_setting_touches_nothing(tmp_path):
    trainer(tmp_path / 'run').train()
    t = trainer(tmp_path / 'run', schedule='linear')
    before = [p.clone() for p in t.params]
    with pytest.raises(ValueError, match='schedule'):
        t.load_checkpoint(checkpoints(tmp_path / 'run')[0])
    assert all(torch.equal(a, b) for a, b in zip(before, t.params)) and t.step == 0


def test_every_row_says_what_it_cost(tmp_path):
    t = trainer(tmp_path / 'run', steps=3)
    t.metrics.mfu_per_speed = 1e-9  # as if the peak of this machine were known
    t.train()
    rows = [r for r in metrics(tmp_path / 'run') if 'loss' in r]
    for r in rows:
        assert r['tokens_per_s'] > 0 and r['seconds'] > 0 and r['memory'] > 2**20
        assert math.isclose(r['mfu'], 1e-9 * r['tokens_per_s'], rel_tol=1e-9)
    assert rows[-1]['tokens'] == sum(Rows.lengths[i] for s in range(3) for i in t.train_loader.ids(s))


def test_a_crash_after_a_checkpoint_that_was_written_beside_the_training(tmp_path):
    trainer(tmp_path / 'whole').train()
    t = trainer(tmp_path / 'killed', save_async=True)
    batch = t.train_loader.batch
    t.train_loader.batch = lambda step: batch(step) if step < 10 else 1 / 0
    with pytest.raises(ZeroDivisionError):
        t.train()
    assert [p.name for p in checkpoints(tmp_path / 'killed')] == ['step_00000007']
    resumed(tmp_path / 'killed').train()
    same(tmp_path / 'whole', tmp_path / 'killed')


def test_skipped_steps_are_in_the_checkpoint(tmp_path):
    def poisoned(folder=None):
        t = trainer(folder, steps=9, save_step=5)
        spoilt = lambda out: out * (math.nan if t.step + 1 in (3, 4) and t.model.training else 1)
        t.model.final_norm.register_forward_hook(lambda module, args, out: spoilt(out))
        return t

    t, again = poisoned(tmp_path / 'run'), poisoned()
    t.train()
    rows = [r for r in metrics(tmp_path / 'run') if 'lr' in r]
    assert [r.get('skipped') for r in rows] == [None, None, 1, 2, None, None, None, None, None]
    again.load_checkpoint(checkpoints(tmp_path / 'run')[0])
    assert (again.step, again.skipped, again.skipped_in_a_row, again.optimizer.step_count) == (5, 2, 0, 3)
    for _ in range(4):
        again.train_step()
    assert all(torch.equal(a, b) for a, b in zip(t.params, again.params))


def test_the_loss_scale_comes_back_and_does_not_show(tmp_path):
    t = trainer(tmp_path / 'run', steps=12, save_step=9, precision='fp16')
    t.train()
    again = trainer(steps=12, save_step=9, precision='fp16')
    again.load_checkpoint(checkpoints(tmp_path / 'run')[0])
    assert again.step == 9
    for _ in range(3):
        again.train_step()
    assert all(torch.equal(a, b) for a, b in zip(t.params, again.params))
    assert t.scale.state() == again.scale.state()
    half, full = trainer(precision='fp16'), trainer().train_step()
    while 'skipped' in (row := half.train_step()):
        half.step = 0
    for key in ('loss', 'grad_norm'):  # scaled for the way back, not for the step
        assert abs(row[key] / full[key] - 1) < 0.01, key


class Largest(TorchDispatchMode):
    "The number of elements of the largest tensor that any operation returns."

    most = 0

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        out = func(*args, **(kwargs or {}))
        several = out if isinstance(out, (tuple, list)) else [out]
        self.most = max([self.most, *(x.numel() for x in several if isinstance(x, torch.Tensor))])
        return out


def test_a_validation_never_has_all_logits_at_once():
    torch.manual_seed(0)
    config, tokens = TrainConfig(max_steps=1), torch.randint(8000, (32, 64))
    model = GPTModel(GPTConfig(vocab_size=8000, context_length=64, emb_dim=16, n_heads=2, n_layers=1))
    loader = SimpleNamespace(steps_per_epoch=1, eval_batches=lambda: iter([(tokens, tokens)]))
    t = Trainer(model, loader, loader, make_optimizer(model, config), config)
    with Largest() as chunks:
        value = t.evaluate()
    t.model.head_loss = head_loss
    with Largest() as plain:
        assert math.isclose(t.evaluate(), value, rel_tol=1e-5)
    assert plain.most == tokens.numel() * 8000 and chunks.most <= 512 * 8000


def test_gradients_that_overflow_are_skipped_while_the_loss_is_finite():
    t = trainer()
    before = [p.clone() for p in t.params]
    t.model.tok_emb.weight.register_hook(lambda g: g * math.inf)
    row = t.train_step()
    assert math.isfinite(row['loss']) and row['skipped'] == 1
    assert all(torch.equal(a, b) for a, b in zip(before, t.params)) and not any(
        v.any() for state in t.optimizer.state.values() for v in state.values()
    )


def test_each_step_and_micro_batch_has_chance_of_its_own(monkeypatch):
    t, seeds = trainer(seed=3), []
    monkeypatch.setattr(torch, 'manual_seed', seeds.append)
    for _ in range(3):
        t.train_step()
    assert (
        seeds == [step_seed(3, step, micro, 0) for step in range(3) for micro in range(4)]
        and len(set(seeds)) == 12
    )


def test_activation_checkpointing_changes_no_bit(tmp_path):
    kept = []
    for name, on in (('a', False), ('b', True)):
        t = trainer(tmp_path / name, checkpoint_activations=on)
        kept.append(saved_bytes(lambda t=t: t.losses(*t.train_loader.batch(0)[0])))
        t.train()
    same(tmp_path / 'a', tmp_path / 'b')
    assert kept[1] < kept[0] / 2  # and it did something


def test_a_look_drops_nothing_and_leaves_the_model_as_it_was():
    t, part = trainer(), trainer(eval_iter=1)
    assert t.evaluate() == t.evaluate() == part.evaluate(whole=True) != part.evaluate() and t.model.training
    t.model.eval()
    t.evaluate()
    assert not t.model.training


def test_a_checkpoint_knows_the_loss_of_its_own_step_only(tmp_path):
    trainer(tmp_path / 'run', steps=20, save_step=7, keep_last=9).train()
    found = [json.loads((p / 'state.json').read_text())['val_loss'] for p in checkpoints(tmp_path / 'run')]
    assert found == [None, None, curve(tmp_path / 'run', 'val_loss')[-1][1]]


@pytest.mark.slow
def test_compiled_takes_the_same_steps(monkeypatch):
    real = torch.nn.Module.compile  # traced as ever, but not turned into C++: that takes minutes
    monkeypatch.setattr(torch.nn.Module, 'compile', lambda self: real(self, backend='aot_eager'))
    a, b = trainer(steps=3, compile=False), trainer(steps=3, compile=True)
    for t in (a, b):
        t.model.eval()  # compiled dropout draws other numbers
    for _ in range(3):
        assert math.isclose(a.train_step()['loss'], b.train_step()['loss'], rel_tol=1e-4)
    assert math.isclose(a.evaluate(), b.evaluate(), rel_tol=1e-4)


def test_report(tmp_path, run, refused):
    for name in ('one', 'two'):
        trainer(tmp_path / 'logs' / 'pretraining' / name, steps=6, seed=len(name)).train()
    trainer(tmp_path / 'elsewhere', steps=6, optimizer='muon').train()
    out = run('llm_book.report one two', tmp_path / 'elsewhere').stdout
    assert [line.split()[0] for line in out.splitlines()[1:4]] == ['one', 'two', 'elsewhere']
    assert out.splitlines()[-1] == 'picture: logs/report.png' and (
        tmp_path / 'logs' / 'report.png'
    ).read_bytes().startswith(b'\x89PNG')
    assert 'three' in refused('llm_book.report', 'three')
    assert 'RUN... is missing' in refused('llm_book.report')
    assert 'report RUN...' in run('llm_book.report', '--help').stdout
