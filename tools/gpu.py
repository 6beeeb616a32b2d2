"""Measure the library on a GPU: `python tools/gpu.py [PART ...]`; without a part all of them (`make gpu`).

Each part runs in a process of its own, at most nine minutes, and writes its result to docs/gpu.json at once;
a part that fails is recorded by its name, and the others go on. Needs torch and the library (PYTHONPATH=. if
it is not installed); uses transformers if installed. `--device cpu --tiny` runs everything with tiny shapes:
a test of this file, no measurement. tools/readme.py fills README's block `gpu` from docs/gpu.json.
"""

import argparse
import gc
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from copy import deepcopy
from dataclasses import replace
from datetime import date
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from statistics import median

import torch
import torch.distributed as dist
from llm_book.bench.decoders import CompiledGreedy, our_generation
from llm_book.bench.models import SHAPES, hf_copy, random_model, weight_bytes
from llm_book.bench.steps import TRAIN_CONTESTANTS, FixedLoader, load_case
from llm_book.bench.tools import json_line, last_line, memory_bandwidth, own_memory, peak_rate
from llm_book.core.config import suggest
from llm_book.core.files import atomic_write
from llm_book.data.batches import Batches
from llm_book.model.families import family_of
from llm_book.train.distributed import FSDP
from llm_book.train.launch import init_process_group
from llm_book.train.memory import memory_plan
from llm_book.train.optim import make_optimizer
from llm_book.train.strategy import SingleProcess
from llm_book.train.trainer import Trainer
from llm_book.train.config import TrainConfig

ROOT = Path(__file__).parent.parent
LIMIT = 540  # seconds a part may take
MODELS = 'gpt2-124m', 'qwen3-0.6b'
TINY = {'gpt2-124m': 'tiny-gpt2', 'qwen3-0.6b': 'tiny-qwen3'}


def shape(name, tiny):
    "The config of a model, without dropout; its tiny stand-in."
    cfg = SHAPES[TINY[name] if tiny else name]
    return replace(cfg, drop_rate=0.0)


def flops_per_token(cfg, T):
    return family_of(cfg).flops_per_token(cfg, T)


def forget(device):
    "Frees what earlier measurements hold; from here on the peak counts."
    gc.collect()
    torch._dynamo.reset()
    if device.type == 'cuda':
        torch.cuda.empty_cache()
        torch.cuda.reset_peak_memory_stats()
    else:
        own_memory(forget=True)


def peak_bytes(device):
    "The most bytes of tensors since `forget`; on a CPU the most of the process."
    return torch.cuda.max_memory_allocated() if device.type == 'cuda' else own_memory()['highest']


def fitting_rows(cfg, rows, T, device, **plan):
    "Rows, halved until the plan of a step fits into four fifths of the card."
    if device.type != 'cuda':
        return rows
    room = 0.8 * torch.cuda.get_device_properties(device).total_memory
    while rows > 1 and sum(memory_plan(cfg, rows, T, 'adamw', 'bf16', **plan).values()) > room:
        rows //= 2
    return rows


def tokens_per_second(step, tokens, steps, rounds=3, warmup=3):
    "The median rate of some rounds, after a warm-up in which compilers work."
    for _ in range(warmup):
        float(step())
    rates = []
    for _ in range(rounds):
        start = time.perf_counter()
        for _ in range(steps):
            loss = step()
        float(loss)  # a GPU is done when this is here
        rates.append(tokens * steps / (time.perf_counter() - start))
    return median(rates)


@torch.no_grad()
def parity(device, tiny):
    "Logits in bf16 against our own in fp32 and, where it is installed, against transformers' in bf16."
    found = {}
    for name in MODELS:
        model = random_model(shape(name, tiny), 0, device)
        cfg, half = model.cfg, deepcopy(model).bfloat16()
        tokens = torch.randint(cfg.vocab_size, (2, min(256, cfg.context_length)), device=device)
        exact, mine = model(tokens).float(), half(tokens).float()
        distance = lambda a, b: ((a - b).norm() / b.norm()).item()
        agree = lambda a, b: (a.argmax(-1) == b.argmax(-1)).float().mean().item()
        found[name] = {'bf16_to_fp32': distance(mine, exact), 'same_choice': agree(mine, exact)}
        if find_spec('transformers'):
            theirs = hf_copy(half)(tokens).logits.float()
            found[name]['theirs_to_fp32'] = distance(theirs, exact)
            found[name]['ours_to_theirs'] = distance(mine, theirs)
        else:
            found[name]['skipped'] = 'transformers is not installed'
        del model, half, exact, mine
        forget(device)
    return found


def train(name, device, tiny):
    "Tokens a second, MFU and peak memory of our Trainer and a plain loop, eager and compiled."
    cfg, T = shape(name, tiny), 32 if tiny else 1024
    rows = fitting_rows(cfg, 2 if tiny else 16, T, device, chunked=False)
    peak, source = peak_rate(device, 'float32' if tiny else 'bfloat16', size=128 if tiny else 8192)
    found = {'rows': rows, 'length': T, 'peak_flops': peak, 'peak_from': source, 'runs': {}}
    task = {
        'case': TINY[name] if tiny else name,
        'length': T,
        'rows': rows,
        'seed': 0,
        'device': str(device),
        'precision': 'bf16',
    }
    for compiled in (False,) if tiny else (False, True):
        for who in ('llm_book', 'plain'):
            forget(device)
            cfg, batches = load_case(task)
            model = random_model(cfg, 0, device).train()
            step = TRAIN_CONTESTANTS[who](model, batches, task | {'compile': compiled})
            rate = tokens_per_second(step, rows * T, 2 if tiny else 10)
            found['runs'][f"{who}, {'compiled' if compiled else 'eager'}"] = {
                'tokens_s': rate,
                'mfu': rate * flops_per_token(cfg, T) / peak,
                'memory': peak_bytes(device),
            }
            del model, step
    return found


def trainer(cfg, device, rows, T, strategy=None, folder=None, samples=None, **settings):
    "A Trainer of random weights on random rows, always the same."
    config = TrainConfig(
        **dict(
            max_steps=10**6,
            batch_size=rows,
            learning_rate=1e-3,
            warmup_steps=0,
            schedule='constant',
            precision='bf16',
            compile=False,
        )
        | settings
    )
    torch.manual_seed(0)
    strategy = strategy or SingleProcess()
    model = family_of(cfg).model(cfg)
    strategy.prepare(model, device)
    draws = torch.Generator().manual_seed(0)
    x = torch.randint(cfg.vocab_size, (4, 2, rows, T), generator=draws)
    batches = samples or FixedLoader([tuple(pair) for pair in x])
    return Trainer(model, batches, None, make_optimizer(model, config), config, strategy, folder=folder)


def memory(device, tiny):
    "The plan of a training step's memory, and the peak that was measured."
    found, T = {}, 32 if tiny else 1024
    for name in MODELS:
        cfg = shape(name, tiny)
        for kind in ('kept', 'recomputed'):  # the activations
            again = kind == 'recomputed'
            rows = fitting_rows(cfg, 2 if tiny else 8, T, device)
            plan = sum(memory_plan(cfg, rows, T, 'adamw', 'bf16', again).values())
            forget(device)
            t = trainer(cfg, device, rows, T, checkpoint_activations=again)
            for _ in range(2):
                t.train_step()
            measured = peak_bytes(device)
            found[f'{name}, activations {kind}'] = {
                'rows': rows,
                'length': T,
                'plan': plan,
                'measured': measured,
                'plan_to_measured': plan / measured,
            }
            del t
    return found


def decode_model(model, B, n, prompt):
    "Tokens a second of greedy decoding of n tokens after a prompt, by way."
    draws = torch.Generator().manual_seed(0)
    prompts = torch.randint(model.cfg.vocab_size, (B, prompt), generator=draws).tolist()
    ways = {'eager': lambda n: our_generation(model, prompts, n)}
    if model.out_head.weight.is_cuda:
        greedy = CompiledGreedy(model, prompt + n)
        ways['compiled'] = lambda n: greedy(prompts, n)
    for run in ways.values():
        run(8)  # the warm-up
    return {way: median(run(n).rate for _ in range(3)) for way, run in ways.items()}


def decode(device, tiny):
    "Tokens a second of greedy decoding, and the share of what the card's memory allows; batch 1 and 8."
    found, n, prompt = {}, 8 if tiny else 128, 8 if tiny else 64
    bandwidth = memory_bandwidth(device, 8 if tiny else 2048)
    for name in MODELS:
        forget(device)
        model = random_model(shape(name, tiny), 0, device, torch.bfloat16)
        for B in (1, 8):
            for way, rate in decode_model(model, B, n, prompt).items():
                found[f'{name}, batch {B}, {way}'] = {
                    'tokens_s': rate,
                    'share_of_bandwidth': rate * weight_bytes(model) / (B * bandwidth),
                }
        del model
    return found


class Rows:
    "Random rows of tokens; row i is a function of i."

    def __init__(self, V, T):
        self.V, self.T = V, T

    def __len__(self):
        return 1000

    def rows(self, ids):
        draw = lambda i: torch.randint(self.V, (self.T + 1,), generator=torch.Generator().manual_seed(int(i)))
        x = torch.stack([draw(i) for i in ids])
        return x[:, :-1], x[:, 1:]


def resume(device, tiny):
    "Twenty steps; seven, a crash after nine, a fresh start from the checkpoint: sample ids and losses."
    cfg = replace(SHAPES['tiny-gpt2' if tiny else 'gpt2-124m'], drop_rate=0.1)
    if not tiny:
        cfg = replace(cfg, n_layers=4)
    T, rows = (16, 4) if tiny else (256, 16)

    def start(folder):
        samples = Batches(Rows(cfg.vocab_size, T), rows, rows // 2)
        return trainer(
            cfg, device, rows, T, folder=folder, samples=samples, optimizer='muon', micro_batch_size=rows // 2
        )

    def steps(t, until, save=None):
        out = []
        while t.step < until:
            ids = list(map(int, t.train_loader.ids(t.step)))
            out.append((ids, float(t.train_step()['loss'])))
            if t.step == save:
                t.save_checkpoint()
        return out

    with tempfile.TemporaryDirectory() as folder:
        whole, again = (steps(start(None), 20) for _ in range(2))
        first = steps(start(Path(folder)), 9, save=7)[:7]
        t = start(Path(folder))
        t.load_checkpoint(Path(folder) / 'checkpoints' / 'step_00000007')
        resumed = first + steps(t, 20)
    apart = lambda a, b: max(abs(x - y) for (_, x), (_, y) in zip(a, b, strict=True))
    return {
        'steps': 20,
        'same_ids': [i for i, _ in whole] == [i for i, _ in resumed],
        'largest_loss_difference': apart(whole, resumed),
        'between_two_whole_runs': apart(whole, again),
    }


def strategy_steps(strategy, cfg, place, rows, T, precision, steps):
    "The losses of eight steps, tokens a second of the next, and the peak of memory."
    forget(place)
    t = trainer(cfg, place, rows, T, strategy, precision=precision)
    losses = [float(t.train_step()['loss']) for _ in range(8)]
    rate = tokens_per_second(lambda: t.train_step()['loss'], rows * T, steps, warmup=0)
    return losses, {'tokens_s': rate, 'memory': peak_bytes(place)}


def fsdp(device, tiny):
    "FSDP on one card against the plain model: losses, tokens a second, memory."
    with socket.socket() as s:
        s.bind(('127.0.0.1', 0))
        port = s.getsockname()[1]
    os.environ.update(
        RANK='0',
        LOCAL_RANK='0',
        WORLD_SIZE='1',
        LOCAL_WORLD_SIZE='1',
        MASTER_ADDR='127.0.0.1',
        MASTER_PORT=str(port),
    )
    place = init_process_group(device.type if device.type == 'cpu' else 'auto')
    cfg, T, found = shape('gpt2-124m', tiny), 32 if tiny else 1024, {}
    rows = fitting_rows(cfg, 2 if tiny else 8, T, place)
    try:
        for precision in ('fp32', 'bf16'):
            losses = {}
            for name, strategy in (('single', SingleProcess()), ('fsdp', FSDP(1, precision))):
                steps = strategy_steps(strategy, cfg, place, rows, T, precision, 2 if tiny else 10)
                losses[name], found[f'{name}, {precision}'] = steps
            apart = max(abs(a - b) for a, b in zip(losses['single'], losses['fsdp'], strict=True))
            found[f'fsdp, {precision}']['largest_loss_difference'] = apart
    finally:
        dist.destroy_process_group()
    return found


PARTS = {
    'parity': parity,
    **{f'train-{name}': partial(train, name) for name in MODELS},
    'memory': memory,
    'decode': decode,
    'resume': resume,
    'fsdp': fsdp,
}


WORDS = {  # of README's block, in English and Chinese
    'not measured': ('not measured', '尚未测量'),
    'measured on': ('measured on', '测量环境：'),
    'failed': ('failed', '失败'),
    'model': ('model', '模型'),
    'step': ('step', '训练步'),
    'ours': ('llm_book, tokens/s (MFU)', 'llm_book，词元/秒（MFU）'),
    'plain': ('plain PyTorch loop, tokens/s (MFU)', '普通 PyTorch 循环，词元/秒（MFU）'),
    'peak': ('peak memory', '显存峰值'),
    'eager': ('eager', '即时'),
    'compiled': ('compiled', '编译'),
    'what': ('measured', '项目'),
    'result': ('result', '结果'),
    'parity': ('parity in bf16', 'bf16 一致性'),
    'memory': ('memory: plan / measured', '显存：计划 / 实测'),
    'decode': ('decoding, tokens/s', '解码，词元/秒'),
    'resume': ('exact resume', '精确续训'),
    'fsdp': ('FSDP on one card', '单卡 FSDP'),
    'fp32': ('from our fp32', '与自身 fp32 的差'),
    'theirs': ("from transformers'", '与 transformers 的差'),
    'ids': ('same sample ids', '样本编号相同'),
    'other ids': ('OTHER SAMPLE IDS', '样本编号不同'),
    'losses': ('losses differ by at most', '损失最大差'),
    'of': ('of plain speed', '的普通速度'),
}


def each(tell):
    "A cell of a table with one line for each row that a part found."
    return lambda found, word: '<br>'.join(f'{name}: {tell(row, word)}' for name, row in found.items())


def parity_text(row, word):
    if 'skipped' in row:
        peer = f" ({row['skipped']})"
    else:
        peer = f", {row['ours_to_theirs']:.2%} {word('theirs')}"
    return f"{row['bf16_to_fp32']:.2%} {word('fp32')}{peer}"


def resume_text(found, word):
    ids = word('ids' if found['same_ids'] else 'other ids')
    return f"{ids}; {word('losses')} {found['largest_loss_difference']:.1g}"


def fsdp_text(found, word):
    lines = []
    for p in ('fp32', 'bf16'):
        alone, shared = found[f'single, {p}'], found[f'fsdp, {p}']
        lines.append(
            f"{p}: {word('losses')} {shared['largest_loss_difference']:.1g}, "
            f"{shared['tokens_s'] / alone['tokens_s']:.0%} {word('of')}"
        )
    return '<br>'.join(lines)


TEXTS = {
    'parity': each(parity_text),
    'resume': resume_text,
    'fsdp': fsdp_text,
    'memory': each(lambda row, word: f"{row['plan'] / 1e9:.2f} / {row['measured'] / 1e9:.2f} GB"),
    'decode': each(lambda row, word: f"{row['tokens_s']:,.0f}"),
}


def state(row, word):
    "Why there is no number; None if there is one."
    if not row:
        return word('not measured')
    return f"{word('failed')}: {row['error'].replace('|', '/')}" if 'error' in row else None


def train_lines(name, row, word):
    "Lines of the table of training speed for one model."
    if missing := state(row, word):
        return [f'| {name} | {missing} | | | |']
    found, lines = row['found'], []
    for way in ('eager', 'compiled'):
        pair = [found['runs'].get(f'{who}, {way}') for who in ('llm_book', 'plain')]
        if None in pair:
            continue
        cells = ' | '.join(f"{r['tokens_s']:,.0f} ({r['mfu']:.0%})" for r in pair)
        peak = ' / '.join(f"{r['memory'] / 1e9:.1f}" for r in pair)
        lines.append(f"| {name}, {found['rows']} x {found['length']} | {word(way)} | {cells} | {peak} GB |")
    return lines


def block(report, chinese=False):
    "README's block: the numbers of docs/gpu.json, by card and date; `not measured` where there are none."
    word = lambda key: WORDS[key][chinese]
    if not report:
        return word('not measured')
    parts = report['parts']
    days = sorted({row['date'] for row in parts.values()})
    lines = [
        f"{word('measured on')} {report['card']}, {' - '.join(dict.fromkeys([days[0], days[-1]]))} "
        f"(torch {report['torch']}, CUDA {report['cuda']})",
        '',
        f"| {word('model')} | {word('step')} | {word('ours')} | {word('plain')} | {word('peak')} |",
        '|---|---|---|---|---|',
    ]
    for name in MODELS:
        lines += train_lines(name, parts.get(f'train-{name}'), word)
    lines += ['', f"| {word('what')} | {word('result')} |", '|---|---|']
    for part, text in TEXTS.items():
        row = parts.get(part)
        lines.append(f"| {word(part)} | {state(row, word) or text(row['found'], word)} |")
    return '\n'.join(lines)


def card(device):
    "What the numbers depend on."
    name = torch.cuda.get_device_name(device) if torch.device(device).type == 'cuda' else 'CPU'
    return {'card': name, 'torch': torch.__version__, 'cuda': torch.version.cuda}


def measured(part, device, tiny, limit=LIMIT):
    "What a part found in a process of its own, or why it failed."
    command = [sys.executable, __file__, part, '--measure', '--device', device, *['--tiny'] * tiny]
    env = os.environ | {'PYTHONPATH': os.pathsep.join([str(ROOT), os.environ.get('PYTHONPATH', '')])}
    start = time.perf_counter()
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=limit, env=env)
    except subprocess.TimeoutExpired:
        return {'error': f'it took more than {limit} seconds'}
    if done.returncode:
        return {'error': last_line(done.stderr)[:300] or f'exit {done.returncode}'}
    return {'seconds': round(time.perf_counter() - start), 'found': json.loads(done.stdout.splitlines()[-1])}


def measure_all(parts, device, tiny, out, limit=LIMIT):
    "Runs parts one after another; the file is complete after each. Returns the names of those that failed."
    here = card(device) if device == 'cpu' or torch.cuda.is_available() else {'card': device}
    report = json.loads(out.read_text(encoding='utf-8')) if out.exists() else {}
    if {k: report.get(k) for k in here} != here:
        report = {}  # of another card or torch
    report = here | {'date': str(date.today()), 'parts': report.get('parts', {})}
    for part in parts:
        print(part, end=' ', flush=True)
        report['parts'][part] = row = measured(part, device, tiny, limit) | {'date': str(date.today())}
        print(f"failed: {row['error']}" if 'error' in row else f"{row['seconds']} s", flush=True)
        atomic_write(out, json.dumps(json.loads(json_line(report)), indent=1) + '\n')
    return [part for part in parts if 'error' in report['parts'][part]]


def main(argv):
    parser = argparse.ArgumentParser(prog='tools/gpu.py', description=__doc__.splitlines()[0])
    parser.add_argument('parts', nargs='*', metavar='part', help=', '.join(PARTS))
    parser.add_argument('--device', default='cuda')
    parser.add_argument('--tiny', action='store_true', help='tiny shapes, to try this file')
    parser.add_argument('--out', type=Path, default=ROOT / 'docs' / 'gpu.json')
    parser.add_argument('--measure', action='store_true', help=argparse.SUPPRESS)
    args = parser.parse_args(argv)
    odd = [p for p in args.parts if p not in PARTS]
    if odd:
        sys.exit(f'no part {odd[0]!r}; {suggest(odd[0], PARTS)}')
    if args.device != 'cpu' and not torch.cuda.is_available():
        sys.exit('there is no GPU here: nothing was measured (a try without: --device cpu --tiny --out FILE)')
    if args.device == 'cpu' and args.out == ROOT / 'docs' / 'gpu.json' and not args.measure:
        sys.exit('docs/gpu.json is for GPUs: with --device cpu name another file, --out FILE')
    if args.measure:
        return print(json_line(PARTS[args.parts[0]](torch.device(args.device), args.tiny)))
    failed = measure_all(args.parts or PARTS, args.device, args.tiny, args.out)
    if failed:
        sys.exit(f'failed: {", ".join(failed)}')


if __name__ == '__main__':
    main(sys.argv[1:])
