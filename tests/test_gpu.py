"What `make gpu` runs, with tiny shapes on the CPU; what README shows of it."

import json
import subprocess
import sys

import pytest
import torch
from conftest import ROOT

sys.path.insert(0, str(ROOT / 'tools'))
import gpu  # noqa: E402
import readme  # noqa: E402


def script(*args):
    return subprocess.run(
        [sys.executable, ROOT / 'tools' / 'gpu.py', *map(str, args)],
        capture_output=True,
        text=True,
        timeout=300,
    )


FOUND = {}


@pytest.mark.parametrize('part', [p for p in gpu.PARTS if p != 'fsdp'])
def test_a_part_with_tiny_shapes(part):
    FOUND[part] = gpu.PARTS[part](torch.device('cpu'), True)
    if part == 'parity':
        for row in FOUND[part].values():
            assert 0 < row['bf16_to_fp32'] < 0.05 and row['same_choice'] > 0.9
            assert row.get('ours_to_theirs', 0) < 0.05 and ('skipped' in row) != ('ours_to_theirs' in row)
    if part == 'resume':
        assert FOUND[part] == {
            'steps': 20,
            'same_ids': True,
            'largest_loss_difference': 0.0,
            'between_two_whole_runs': 0.0,
        }
    assert all(row['tokens_s'] > 0 and row['mfu'] > 0 for row in FOUND[part].get('runs', {}).values())
    assert '|' not in gpu.TEXTS.get(part, lambda *a: '')(FOUND[part], lambda key: gpu.WORDS[key][0])


def test_a_crash_that_loses_steps_is_seen(monkeypatch):
    "The part `resume` is a measurement: other samples after the restart do not go unnoticed."
    from llm_book.train.trainer import Trainer

    load = Trainer.load_checkpoint

    def wrong(self, *args):
        load(self, *args)
        self.train_loader.seed += 1

    monkeypatch.setattr(Trainer, 'load_checkpoint', wrong)
    found = gpu.resume(torch.device('cpu'), True)
    assert not found['same_ids'] and found['largest_loss_difference'] > 0


def test_a_part_that_fails_costs_only_itself(tmp_path, monkeypatch):
    out = tmp_path / 'gpu.json'
    assert gpu.measure_all(['fsdp'], 'cpu', True, out) == []
    monkeypatch.setattr(gpu, '__file__', str(tmp_path / 'broken.py'))
    (tmp_path / 'broken.py').write_text('import sys\nsys.exit("CUDA out of memory")')
    assert gpu.measure_all(['decode'], 'cpu', True, out) == ['decode']
    assert gpu.measure_all(['memory'], 'cpu', True, out, limit=0) == ['memory']
    report = json.loads(out.read_text())
    assert report['card'] == 'CPU' and report['torch'] == torch.__version__ and report['date']
    assert (
        report['parts']['decode']['error'] == 'CUDA out of memory'
        and 'more than 0 seconds' in report['parts']['memory']['error']
    )
    found = report['parts']['fsdp']['found']
    assert (
        found['fsdp, fp32']['largest_loss_difference'] < 1e-4
        and found['fsdp, bf16']['largest_loss_difference'] < 0.05
    )
    text = gpu.block(report)
    assert (
        'failed: CUDA out of memory' in text
        and 'parity in bf16 | not measured' in text
        and 'fp32: losses differ' in text
    )
    out.write_text(json.dumps(report | {'card': 'another'}))
    gpu.measure_all(['decode'], 'cpu', True, out)
    assert list(json.loads(out.read_text())['parts']) == ['decode']  # nothing of another card stays


@pytest.mark.skipif(torch.cuda.is_available(), reason='there is a GPU')
def test_without_a_gpu_one_line_says_so(tmp_path):
    done = script('--out', tmp_path / 'gpu.json')
    assert done.returncode and done.stderr.count('\n') == 1 and 'there is no GPU here' in done.stderr
    assert not done.stdout and not (tmp_path / 'gpu.json').exists()
    assert "did you mean 'decode'?" in script('decod').stderr


RUN = {'tokens_s': 123456.7, 'mfu': 0.412, 'memory': 21.5e9}
MADE_UP = {
    'card': 'Some GPU',
    'torch': '2.9.0',
    'cuda': '12.8',
    'date': '2026-01-02',
    'parts': {
        'train-gpt2-124m': {
            'date': '2026-01-01',
            'found': {
                'rows': 16,
                'length': 1024,
                'runs': {
                    f'{who}, {way}': RUN for who in ('llm_book', 'plain') for way in ('eager', 'compiled')
                },
            },
        },
        'train-qwen3-0.6b': {'date': '2026-01-02', 'error': 'CUDA out | of memory'},
        'memory': {'date': '2026-01-02', 'found': {'gpt2-124m': {'plan': 10e9, 'measured': 9.5e9}}},
        'resume': {'date': '2026-01-02', 'found': {'same_ids': False, 'largest_loss_difference': 0.001}},
    },
}


def test_readme_shows_the_card_and_what_is_missing(tmp_path):
    path = tmp_path / 'gpu.json'
    assert readme.gpu(False, path) == 'not measured' and readme.gpu(True, path) == '尚未测量'
    path.write_text(json.dumps(MADE_UP))
    text = readme.gpu(False, path)
    assert text.startswith('measured on Some GPU, 2026-01-01 - 2026-01-02 (torch 2.9.0, CUDA 12.8)\n')
    assert '| gpt2-124m, 16 x 1024 | compiled | 123,457 (41%) | 123,457 (41%) | 21.5 / 21.5 GB |' in text
    assert (
        '| qwen3-0.6b | failed: CUDA out / of memory |' in text
        and '| decoding, tokens/s | not measured |' in text
    )
    assert 'gpt2-124m: 10.00 / 9.50 GB' in text and 'OTHER SAMPLE IDS; losses differ by at most 0.001' in text
    assert 'Some GPU' in readme.gpu(True, path) and '失败' in readme.gpu(True, path)
    for name in ('README.md', 'README.zh.md'):
        assert '<!-- gpu -->\n' in (ROOT / name).read_text(encoding='utf-8')
