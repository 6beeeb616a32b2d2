"""Fill in what the README computes: the hardware table (`python tools/readme.py`; with --check only compare).

Rules of the table: training memory is 16 bytes a parameter (weights, gradients and two AdamW states in fp32) and
the activations of one row of the context with a checkpoint at every block; time is 20 tokens a parameter at
`flops_per_token`, at 40 % of the device's published dense bf16 peak (the two cores: a measured 100 GFLOP/s).
"""
import re
import sys
from pathlib import Path

import torch
from llm_book.gpt import GPTModel, flops_per_token, n_params
from llm_book.pretrain import configure

ROOT = Path(__file__).parent.parent
DEVICES = {'2 CPU cores': 0.1e12, 'RTX 4090, 24 GB': 0.4*165e12, 'A100, 80 GB': 0.4*312e12, '8 x H100': 8*0.4*989e12}
MODELS = {'tales (default)': ['--config', 'tales'], 'novels': ['--config', 'novels'], 'gpt2-124m': ['--config', 'gpt2-124m'],
          'GPT_CONFIG_355M': ['--config', 'gpt2-124m', '--model.config', 'GPT_CONFIG_355M'],
          'GPT_CONFIG_774M': ['--config', 'gpt2-124m', '--model.config', 'GPT_CONFIG_774M'],
          'GPT_CONFIG_1558M': ['--config', 'gpt2-124m', '--model.config', 'GPT_CONFIG_1558M']}


def span(seconds):
    "A time in words."
    for unit, size in (('years', 365*86400), ('days', 86400), ('h', 3600), ('min', 60)):
        if seconds >= size: return f'{seconds/size:.0f} {unit}' if seconds >= 10*size else f'{seconds/size:.1f} {unit}'
    return f'{max(seconds, 1):.0f} s'


def table():
    lines = ['| model | parameters | tokens (20 each) | memory to train | ' + ' | '.join(DEVICES) + ' |', '|---' * (4 + len(DEVICES)) + '|']
    for name, args in MODELS.items():
        cfg = configure(args).model
        with torch.device('meta'): N = n_params(GPTModel(cfg))
        T, D = cfg.context_length, cfg.emb_dim
        memory = 16*N + 4*T*D*(cfg.n_layers + 20) + 8*T*cfg.vocab_size
        seconds = 20*N * flops_per_token(cfg, T)
        gb = f'{memory/1e9:.1f} GB' if memory > 1e9 else f'{memory/1e6:.0f} MB'
        tokens = f'{20*N/1e9:.1f} B' if N > 5e7 else f'{20*N/1e6:.0f} M'
        lines.append(f'| {name} | {N/1e6:.1f} M | {tokens} | {gb} | ' + ' | '.join(span(seconds/rate) for rate in DEVICES.values()) + ' |')
    return '\n'.join(lines)


def filled(text):
    return re.sub(r'(<!-- hardware -->\n).*?(<!-- /hardware -->)', lambda m: m[1] + table() + '\n' + m[2], text, flags=re.S)


if __name__ == '__main__':
    for path in (ROOT/'README.md', ROOT/'README.zh.md'):
        old = path.read_text(encoding='utf-8')
        if '--check' in sys.argv and old != filled(old): sys.exit(f'{path.name}: run python tools/readme.py')
        path.write_text(filled(old), encoding='utf-8')
