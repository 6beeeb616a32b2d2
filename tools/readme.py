"""Fill in what the READMEs show (`python tools/readme.py`; with --check only compare).

The chapter Pretraining stores what the default run printed, its figure, and the comparison on tiny
Shakespeare; the hardware table is computed here. Its rules: training memory is 16 bytes a parameter (weights,
gradients and two AdamW states in fp32) and the activations that one row of the context, at most 2,048 tokens,
keeps (17 D numbers a token and layer, Korthikanti et al. 2022, arXiv 2205.05198, and 2 V); time is 20 tokens
a parameter at `flops_per_token`, at 40 % of the device's published dense bf16 peak (the two cores: a measured
100 GFLOP/s).
"""

import base64
import json
import re
import sys
from pathlib import Path

import nbformat
import torch
from contents import NBS, literal, notebooks, reading_hours
from gpu import block as gpu_block
from llm_book.model.families import build_model, family_of
from llm_book.model.gpt import n_params
from llm_book.pretrain import pretrain_settings
from llm_book.train.hardware import peak_flops

ROOT = Path(__file__).parent.parent
DEVICES = {
    '2 CPU cores': 0.1e12,
    'RTX 4090, 24 GB': 0.4 * peak_flops('RTX 4090'),
    'A100, 80 GB': 0.4 * peak_flops('A100'),
    '8 x H100': 8 * 0.4 * peak_flops('H100'),
}
MODELS = {
    'tales (default)': ['--config', 'tales'],
    'novels': ['--config', 'novels'],
    'gpt2-124m': ['--config', 'gpt2-124m'],
    'GPT_CONFIG_355M': ['--config', 'gpt2-124m', '--model.config', 'GPT_CONFIG_355M'],
    'GPT_CONFIG_774M': ['--config', 'gpt2-124m', '--model.config', 'GPT_CONFIG_774M'],
    'GPT_CONFIG_1558M': ['--config', 'gpt2-124m', '--model.config', 'GPT_CONFIG_1558M'],
    'qwen3-0.6b': ['--config', 'gpt2-124m', '--model.config', 'qwen3-0.6b'],
    'QWEN_CONFIG_1_2B': ['--config', 'gpt2-124m', '--model.config', 'QWEN_CONFIG_1_2B'],
}


def span(seconds):
    "A time in words."
    for unit, size in (('years', 365 * 86400), ('days', 86400), ('h', 3600), ('min', 60)):
        if seconds >= size:
            return f'{seconds / size:.0f} {unit}' if seconds >= 10 * size else f'{seconds / size:.1f} {unit}'
    return f'{max(seconds, 1):.0f} s'


def table():
    lines = [
        '| model | parameters | tokens (20 each) | memory to train | ' + ' | '.join(DEVICES) + ' |',
        '|---' * (4 + len(DEVICES)) + '|',
    ]
    for name, args in MODELS.items():
        cfg = pretrain_settings(args).model
        with torch.device('meta'):
            N = n_params(build_model(cfg))
        T, D = min(cfg.context_length, 2048), cfg.emb_dim
        memory = 16 * N + 4 * T * (17 * D * cfg.n_layers + 2 * cfg.vocab_size)
        seconds = 20 * N * family_of(cfg).flops_per_token(cfg, T)
        gb = f'{memory / 1e9:.1f} GB' if memory > 1e9 else f'{memory / 1e6:.0f} MB'
        tokens = f'{20 * N / 1e9:.1f} B' if N > 5e7 else f'{20 * N / 1e6:.0f} M'
        lines.append(
            f'| {name} | {N / 1e6:.1f} M | {tokens} | {gb} | '
            + ' | '.join(span(seconds / rate) for rate in DEVICES.values())
            + ' |'
        )
    return '\n'.join(lines)


def stored(cell_id, kind):
    "An output of a cell of the chapter Pretraining: its 'text' or its 'image/png'."
    cell = next(
        c
        for c in nbformat.read(NBS / '4_train' / '10_pretraining.ipynb', as_version=4).cells
        if c.id == cell_id
    )
    return next(v for o in cell.outputs for k, v in (o | o.get('data', {})).items() if k == kind).strip()


PACKAGES = {
    'core': ('places, files, settings, downloads, commands, exercises', '路径、文件、设置、下载、命令、练习'),
    'world': (
        'words, grammar, questions and exact checkers of the little world',
        '小世界的词汇、文法、问题和精确的检查器',
    ),
    'model': ('architectures and weight files', '模型结构与权重文件'),
    'text': ('tokenizer files, published chat templates', '分词器文件、公开的对话模板'),
    'data': ('from files of any kind to batches', '从各种文件到训练批次'),
    'infer': ('decoding', '解码'),
    'train': ('checkpoints, records, sizes of runs', '检查点、记录、训练规模'),
    'eval': ('answers checked and compared', '检查和比较回答'),
    'tune': ('adapters and fine-tuning', '适配器与微调'),
    'serve': ('sessions, server, page', '会话、服务、页面'),
    'commands': ('`python -m llm_book.<command>`', '`python -m llm_book.<command>`'),
    'bench': ('ours and its peers side by side', '与同类项目并排测量'),
}


def contents(chinese):
    "The road and the workshop, as two tables."
    about = 'zh' if chinese else 'about'
    modules = notebooks()
    lines = [
        '| 章 | 分钟 | 模块 | 内容 |' if chinese else '| chapter | minutes | module | what it teaches |',
        '|---|---|---|---|',
    ]
    for row in literal('CONTENTS'):
        if 'part' in row:
            lines.append(f"| **{row['zh' if chinese else 'title']}** | | | |")
            continue
        module = modules[row['chapter']]
        mark = ' ○' if row.get('skip') else ''
        lines.append(
            f"| [{row['title']}](nbs/{row['chapter']}.ipynb){mark} | {row['minutes']} | "
            f"{f'`{module}`' if module else ''} | {row[about]} |"
        )
    core, first, all_of_it = (f'{hours:.0f}' for hours in reading_hours())
    if chinese:
        said = f'○ 可以先跳过：不读这些章，全书约 {core} 小时，'
        said += f'读到 Pretraining 约 {first} 小时；全部约 {all_of_it} 小时。'
    else:
        said = f'○ may be skipped: without these chapters the road takes about {core} hours of reading, '
        said += f'{first} as far as *Pretraining*; with all of them {all_of_it}.'
    lines += ['', said]
    lines += ['', '| 工作间 | 笔记本 |' if chinese else '| workshop | notebooks |', '|---|---|']
    for package, words in PACKAGES.items():
        names = [n for n in modules if n.startswith(f'library/{package}/')]
        links = ', '.join(f"[{n.split('/')[-1]}](nbs/{n}.ipynb)" for n in names)
        if names:
            lines.append(f'| `{package}`: {words[chinese]} | {links} |')
    return '\n'.join(lines)


def gpu(chinese, path=ROOT / 'docs' / 'gpu.json'):
    "What `make gpu` measured, if it was ever run."
    return gpu_block(json.loads(path.read_text(encoding='utf-8')) if path.exists() else None, chinese)


def filled(text, chinese=False):
    blocks = {
        'gpu': gpu(chinese),
        'contents': contents(chinese),
        'hardware': table(),
        'book': f"```\n{stored('default-run', 'text')}\n```",
        'shakespeare': f"```\n{stored('shakespeare', 'text')}\n```",
    }
    for name, block in blocks.items():
        text = re.sub(
            rf'(<!-- {name} -->\n).*?(<!-- /{name} -->)', lambda m: f'{m[1]}{block}\n{m[2]}', text, flags=re.S
        )
    return text


if __name__ == '__main__':
    want = {
        p: filled((ROOT / p).read_text(encoding='utf-8'), p.endswith('.zh.md')).encode()
        for p in ('README.md', 'README.zh.md')
    }
    want['docs/loss.png'] = base64.b64decode(stored('default-picture', 'image/png'))
    for path, data in want.items():
        same = (ROOT / path).exists() and (ROOT / path).read_bytes() == data
        if '--check' in sys.argv and not same:
            sys.exit(f'{path} is out of date: run python tools/readme.py')
        if not same:
            (ROOT / path).write_bytes(data)
