"The benchmark command: every field of its JSON, bad settings, missing peers. No test measures speed."

import json
import math
import subprocess

import pytest
import torch
from llm_book.bench import decoders, models
from llm_book.bench import train as bench_train

QUICK = ['generate', '--prompt_tokens', '5', '--new_tokens', '9', '--repeats', '2', '--device', 'cpu']


def numbers(value):
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        return [n for v in value for n in numbers(v)]
    return [value] if isinstance(value, (int, float)) else []


def test_table_and_json(run, tmp_path):
    shapes = ['tiny-gpt2', 'tiny-qwen3']
    out = run(
        'llm_book.bench',
        *QUICK,
        '--shape',
        ','.join(shapes),
        '--batch',
        '1,3',
        '--json',
        'found.json',
        '--threads',
        '1',
        OMP_NUM_THREADS='2',
    ).stdout
    *table, last = out.strip().splitlines()
    assert last + '\n' == (tmp_path / 'found.json').read_text()
    found = json.loads(last)
    assert (
        found['suite'] == 'generate'
        and found['settings']['batch'] == '1,3'
        and found['machine']['threads'] == 1
    )
    assert [(r['shape'], r['batch']) for r in found['records']] == [(s, b) for s in shapes for b in (1, 3)]
    for r in found['records']:
        assert r['same_ids'] and r['dtype'] == 'float32' and r['device'] == 'cpu'
        assert [*r['contenders']] == ['llm_book', 'transformers, dynamic', 'transformers, static']
        assert r['best'] == 'llm_book' and r['best_peer'].startswith('transformers')
        assert all(math.isfinite(n) and n > 0 for n in numbers(r))
        for ratio in (r['decode_ratio'], r['prefill_ratio']):
            assert len(ratio) == 3 and ratio == sorted(ratio)
        assert r['floor_tokens_s'] == pytest.approx(
            1e9 * r['memory_gb_s'] * r['batch'] / r['weight_bytes'], rel=1e-3
        )
    for words in ('tiny-qwen3, batch 3, float32', 'transformers, static', 'of floor', 'greedy ids equal'):
        assert any(words in line for line in table), words


@pytest.mark.slow
def test_train_suite(run, tmp_path):
    args = [
        '--steps',
        '2',
        '--warmup',
        '2',
        '--repeats',
        '2',
        '--threads',
        '1',
        '--device',
        'cpu',
        '--json',
        'found.json',
    ]
    out = run('llm_book.bench', 'train', '--case', 'tiny-gpt2,tiny-qwen3', *args).stdout
    *table, last = out.strip().splitlines()
    assert last + '\n' == (tmp_path / 'found.json').read_text()
    found = json.loads(last)
    assert found['suite'] == 'train' and found['machine']['threads'] == 1
    assert [r['case'] for r in found['records']] == ['tiny-gpt2', 'tiny-qwen3']
    for r in found['records']:
        assert r['same_losses'] and (r['rows'], r['length'], r['precision'], r['threads']) == (
            4,
            32,
            'fp32',
            1,
        )
        assert [*r['contestants']] == ['llm_book', 'transformers', 'plain']
        assert r['ceiling_tokens_s'] == pytest.approx(
            1e9 * r['machine_gflops'] / r['flops_per_token'], rel=1e-3
        )
        for c in r['contestants'].values():
            assert sum(c['shares'].values()) == pytest.approx(1, abs=1e-3) and min(c['shares'].values()) > 0
            assert c['step_ms'] == pytest.approx(1e3 * 4 * 32 / c['tokens_s'], rel=1e-3)
            assert 0 < c['mfu'] < 1 and c['memory_mb'] >= 0 and c['ratio'] == sorted(c['ratio'])
        assert r['contestants']['llm_book']['ratio'] == [1, 1, 1]
    for words in ('tiny-qwen3: ', 'MFU', 'ceiling', 'as fast as transformers', 'losses equal'):
        assert any(words in line for line in table), words


@pytest.mark.slow
def test_data_suite(run, tmp_path):
    args = [
        '--corpus',
        'tales',
        '--mb',
        '0.3',
        '--repeats',
        '2',
        '--workers',
        '2',
        '--length',
        '64',
        '--batches',
        '20',
        '--tokenizer',
        'bytes',
        '--json',
        'found.json',
    ]
    out = run('llm_book.bench', 'data', '--lang', 'en,zh', *args).stdout
    *table, last = out.strip().splitlines()
    assert last + '\n' == (tmp_path / 'found.json').read_text()
    found = json.loads(last)
    assert found['suite'] == 'data' and 'datasets' in found['machine']
    assert [(r['what'], r['lang']) for r in found['records']] == [
        (w, g) for g in ('en', 'zh') for w in ('writing', 'reading')
    ]
    for r in found['records']:
        if r['what'] == 'writing':
            assert r['same_ids'] and 3e5 <= r['bytes'] < 3.1e5 and r['tokens'] > r['documents'] > 100
            assert [*r['contestants']] == ['llm_book', 'nanoGPT', 'tiktoken', 'parse, json', 'parse, orjson']
            for c in r['contestants'].values():
                assert (
                    c['mb_s'] == pytest.approx(r['bytes'] / 1e6 / c['seconds'], rel=1e-3)
                    and c['memory_mb'] > 5
                )
        else:
            assert [*r['contestants']] == ['llm_book', 'nanoGPT']
            assert all(c['epoch'] > 400 and len(c['resident_mb']) == 11 for c in r['contestants'].values())
        assert r['contestants']['llm_book']['ratio'] == [1, 1, 1]
    for words in ('zh, tales text, bytes', 'as fast as tiktoken', 'ids equal', 'batches/s', 'of the ceiling'):
        assert any(words in line for line in table), words


OTHER = """import sys, torch
from llm_book.bench import steps, train
theirs = steps.hf_copy
def other(model):
    peer = theirs(model)
    with torch.no_grad(): peer.transformer.h[0].mlp.c_fc.weight.mul_(1.5)
    return peer
steps.hf_copy = other
train.main(sys.argv[1:])
"""


def test_a_peer_with_other_weights_is_noticed(monkeypatch):
    started = subprocess.Popen

    def spoilt(argv, **more):
        return started([argv[0], '-c', OTHER, argv[-1]] if '"transformers"' in argv[-1] else argv, **more)

    monkeypatch.setattr(subprocess, 'Popen', spoilt)
    (found,) = bench_train.measure_train(
        bench_train.TrainSettings(
            case='tiny-gpt2', device='cpu', steps=1, repeats=1, warmup=2, threads=1, peers='transformers'
        )
    )
    assert not found['same_losses'] and 'losses DIFFER' in bench_train.train_lines(found)[-1]


def test_help_names_suites_and_settings(run):
    assert all(suite in run('llm_book.bench').stdout for suite in ('generate', 'data', 'train'))
    assert '--new_tokens' in run('llm_book.bench', 'generate', '--help').stdout
    assert '--warmup' in run('llm_book.bench', 'train', '--help').stdout


@pytest.mark.parametrize(
    'args,says',
    [
        (['generat'], "did you mean 'generate'?"),
        (['--shape', 'gpt2-124m'], "no command '--shape'"),
        (['generate', '--new_token', '3'], "did you mean 'new_tokens'?"),
        (['generate', '--jso', 'x'], "did you mean 'json'?"),
        (['generate', '--shape', 'qwen3-0.6'], "did you mean 'qwen3-0.6b'?"),
        (['generate', '--shape', 'tiny-gpt2', '--new_tokens', '60'], 'room for 64'),
        (['generate', '--batch', '1,x'], 'as in 1,8'),
        (['generate', '--repeats', 'many'], 'repeats'),
        (['generate', '--device', 'cuda:99'], 'device cuda:99'),
        (['generate', '--dtype', 'float8'], "dtype is 'float8'; did you mean 'float32'?"),
        (['data', '--lang', 'en,fr'], "no language 'fr'"),
        (['data', '--corpus', 'tale'], "did you mean 'tales'?"),
        (['data', '--tokenizer', 'cl100k'], "did you mean 'cl100k_base'?"),
        (['data', '--mb', '0'], 'mb is 0'),
        (['data', '--corpus', 'real', '--tokenizer', 'bytes'], 'LLM_BOOK_MIRROR'),
        (['train', '--case', 'gpt-12'], "did you mean 'gpt-12m'?"),
        (['train', '--peers', 'transformer'], "did you mean 'transformers'?"),
        (['train', '--device', 'cpu', '--case', 'tiny-gpt2', '--length', '65'], 'room for 64'),
        (['train', '--threads', '0'], 'threads is 0'),
        (['train', '--precision', 'fp8'], "precision is 'fp8'; there are: auto, bf16, fp16, fp32"),
        (['train', '--device', 'cuda:99'], 'device cuda:99'),
    ],
)
def test_bad_settings(refused_here, args, says):
    assert says in refused_here('bench', *args)


def test_without_transformers(refused, tmp_path):
    (tmp_path / 'transformers.py').write_text("raise ImportError('not here')")
    for suite in ([*QUICK, '--shape', 'tiny-gpt2'], ['train', '--case', 'tiny-gpt2']):
        assert "pip install 'llm_book[hf]'" in refused('llm_book.bench', *suite, PYTHONPATH=str(tmp_path))


def test_a_contestant_that_breaks_is_one_line_of_error(refused, tmp_path):
    (tmp_path / 'orjson.py').write_text("raise RuntimeError('out of order')")
    error = refused(
        'llm_book.bench',
        'data',
        '--corpus',
        'tales',
        '--mb',
        '0.1',
        '--tokenizer',
        'bytes',
        '--lang',
        'en',
        PYTHONPATH=str(tmp_path),
    )
    assert 'RuntimeError: out of order' in error and 'ended with code 1' in error


def test_mixtures_of_experts_have_no_floor_here():
    assert all(not getattr(cfg, 'n_experts', 0) for cfg in models.SHAPES.values())
    assert 'qwen3-0.6b' in models.SHAPES and 'gpt2-124m' in models.SHAPES


@pytest.mark.slow
@pytest.mark.parametrize('shape', ['tiny-gpt2', 'tiny-qwen3'])
def test_compiled_step_is_one_graph_with_the_same_ids(shape):
    torch._dynamo.reset()
    model = models.random_model(models.SHAPES[shape])
    compiled, counters = decoders.CompiledGreedy(model, 24), torch._dynamo.utils.counters
    counters.clear()
    for seed in (1, 2):
        prompts = torch.randint(301, (3, 9), generator=torch.Generator().manual_seed(seed)).tolist()
        assert compiled(prompts, 12).ids == decoders.our_generation(model, prompts, 12).ids
    assert counters['stats']['unique_graphs'] == 1
