"Commands act under `python -m` only, and answer bad input with one line."

import http.server
import importlib
import threading
from functools import partial
from hashlib import sha256
from pathlib import Path

import nbformat
import pytest
from conftest import MIRROR, PRETRAINING, ROOT, TINY, TUNING, needs_mirror
from llm_book.core import download
from llm_book.train.optim import OPTIMIZERS, SCHEDULES
from llm_book.train.config import STRATEGIES
from nbclient import NotebookClient


def test_under_m(run):
    out = run('llm_book.collect_env').stdout
    assert 'python ' in out and 'torch ' in out and 'real data here' in out


def test_under_torchrun(run):
    out = run('torch.distributed.run --standalone --nproc_per_node 1 -m llm_book.collect_env').stdout
    assert 'project root' in out


def test_not_on_import_and_not_in_jupyter(tmp_path):
    import llm_book.pretrain  # noqa: F401  (would exit if it acted)

    nb = nbformat.v4.new_notebook(
        cells=[
            nbformat.v4.new_code_cell(
                'from llm_book.core.commands import command; from llm_book.collect_env import main\n'
                'command(main, __name__)\nprint("still here")'
            )
        ]
    )
    NotebookClient(nb, timeout=120, resources={'metadata': {'path': str(tmp_path)}}).execute()
    assert 'still here' in nb.cells[0].outputs[-1].text


def test_help_names_every_setting(run):
    out = run('llm_book.pretrain', '--help').stdout
    for setting in ('--training.learning_rate', '--model.config.emb_dim', '--data.train_path', '--resume'):
        assert setting in out
    assert 'samples in one optimizer step' in out  # the sentence under the field
    assert 'the same command again goes on' in ' '.join(out.split())  # of an inherited field too
    for table in (OPTIMIZERS, SCHEDULES, STRATEGIES):  # and every row of a table
        assert f"{','.join(table)}}}" in out


@pytest.mark.parametrize(
    'args,says',
    [
        (['--training.learning_rat', '1'], "did you mean 'training.learning_rate'?"),
        (['--training.learning_rate', 'high'], 'learning_rate'),
        (['--config', 'talse'], "did you mean 'tales'?"),
        (['--model.config.emb_dim', '30', '--model.config.n_heads', '4'], '30'),
        (['--training.batch_size', '0'], 'training.batch_size is 0'),
        (['--training.optimizer', 'adam'], "did you mean 'adamw'?"),
        (['--training.optimizer', 'no_such:Lion'], "no module 'no_such'"),
        (['--strategy', 'fdsp'], "did you mean 'fsdp'?"),
        (['--training.schedule', 'cosin'], "did you mean 'cosine'?"),
        (['--training.precision', 'bf17'], "did you mean 'bf16'?"),
        (['--training.learning_rate', '-0.001'], 'training.learning_rate is -0.001'),
        (['--training.micro_batch_size', '-1'], 'training.micro_batch_size is -1'),
        (['--training.max_steps', '0'], 'training.max_steps is 0'),
        (['--model.config.n_layers', 'two'], 'n_layers'),
        (['--data.max_length', '-4'], 'data.max_length is -4'),
        (['--data.stride', '0'], 'data.stride is 0'),
        (['--overfit', '-1'], 'overfit is -1'),
        (['--dry_run', 'perhaps'], 'dry_run'),
        (['--dry_run', '--device', 'cuda'], 'device cuda is not there'),
        (['--dry_run', '--data.train_path', 'no/such.txt'], 'no/such.txt'),
        (['--init_from', 'no/such/run'], 'no folder'),
        (['--device', 'gpu'], "no device 'gpu'"),
        (['--device', 'cuda:0'], 'device cuda:0 is not there'),
        (['--data.lang', 'fr'], 'there are: en, zh'),
        (['--data.tokenizer', 'gpt3'], "did you mean 'gpt2'?"),
        (['--data.train_path', 'no/such.txt'], 'no/such.txt'),
        (['--resume', 'latest'], 'use auto, never'),
        (['--resume', 'nowhere/checkpoints/step_1'], 'step_1'),
        (['--model.config.context_length', '16'], 'set model.config.context_length to at least'),
        (['--config', 'shakespeare'], 'set LLM_BOOK_MIRROR'),
        (['--config', 'novels'], 'set LLM_BOOK_MIRROR'),
        (['--config', 'gpt2-124m'], 'set LLM_BOOK_MIRROR'),
        (['--config', 'gpt2-355m'], 'no text at data/pretrain/web'),
        (['--config', 'cci3'], 'no text at data/pretrain/cci3/raw'),
    ],
)
def test_bad_settings(refused_here, tmp_path, args, says):
    assert says in refused_here('pretrain', *TINY[: len(TINY) * (args[0] != '--config')], *args)
    assert not list(tmp_path.rglob('*.part')) and not list(tmp_path.rglob('*.tmp'))


MODULE = """
class Lion: pass
class Shape:
    def __init__(self, groups, config): pass
"""


@pytest.mark.parametrize(
    'name,says',
    [
        ('my_module:Loin', "did you mean 'Lion'?"),
        ('my_module:Shape', "'my_module:Shape' is not an optimizer"),
        ('broken:Lion', 'cannot be imported (ZeroDivisionError'),
    ],
)
def test_bad_optimizer_from_outside(refused, tmp_path, name, says):
    (tmp_path / 'my_module.py').write_text(MODULE)
    (tmp_path / 'broken.py').write_text('1/0')
    assert says in refused('llm_book.pretrain', *TINY, '--training.optimizer', name)
    assert not list(tmp_path.rglob('checkpoints'))


@pytest.mark.parametrize(
    'content,says',
    [
        (None, 'book.txt'),
        (b'', 'is empty'),
        (b'caf\xe9 ' * 100, 'is not UTF-8'),
        (b'A short text.', 'one window needs'),
    ],
)
def test_bad_text(refused, tmp_path, content, says):
    if content is not None:
        (tmp_path / 'book.txt').write_bytes(content)
    assert says in refused(
        'llm_book.pretrain', *TINY, '--data.train_path', 'book.txt', '--model.config.vocab_size', '300'
    )
    assert not list(tmp_path.rglob('*.tmp')) and not list(tmp_path.rglob('*.part'))


def test_bad_yaml(refused, tmp_path):
    (tmp_path / 'a.yaml').write_text('training: {learning_rate: 1e-3')
    assert 'a.yaml is not readable as YAML' in refused('llm_book.pretrain', '--config', 'a.yaml')
    (tmp_path / 'a.yaml').write_text('trainin: {learning_rate: 1e-3}')
    assert "did you mean 'training'?" in refused('llm_book.pretrain', '--config', 'a.yaml')
    (tmp_path / 'a.yaml').write_text('training: {learning_rat: 1e-3}')
    assert "did you mean 'training.learning_rate'?" in refused('llm_book.pretrain', '--config', 'a.yaml')


def test_shards_of_another_tokenizer(run, refused, tmp_path):
    run('llm_book.pretrain', *TINY, '--training.max_steps', '1')
    shards = next((tmp_path / 'data' / 'pretrain').glob('*/data_bin/*'))
    says = refused('llm_book.pretrain', *TINY, '--data.train_path', shards, '--data.tokenizer', 'bytes')
    assert 'was written with tokenizer' in says


def test_missing_shards(run, refused, tmp_path):
    run('llm_book.pretrain', *TINY, '--training.max_steps', '1')
    folder = next((tmp_path / 'data' / 'pretrain').glob('*/data_bin/*'))
    tokenizer = next(folder.parent.parent.glob('tokenizer/*'))
    args = [*TINY, '--data.train_path', folder, '--data.tokenizer', tokenizer]
    assert 'name the tokenizer that wrote them' in refused('llm_book.pretrain', *args[:-2])
    run('llm_book.pretrain', *args, '--run', 'from-shards', '--training.max_steps', '1')
    next((folder / 'train').glob('*.bin')).unlink()
    says = refused('llm_book.pretrain', *args, '--run', 'gone')
    assert str(folder) in says and not (tmp_path / 'logs' / 'pretraining' / 'gone').exists()


@pytest.fixture
def server(tmp_path):
    "A server on the loopback address that offers one file."
    folder = tmp_path / 'served'
    folder.mkdir()
    (folder / 'oak.txt').write_text('The lazy dog.')
    handler = partial(http.server.SimpleHTTPRequestHandler, directory=str(folder))
    handler.log_message = lambda *a: None
    httpd = http.server.ThreadingHTTPServer(('127.0.0.1', 0), handler)
    threading.Thread(target=httpd.serve_forever, daemon=True).start()
    yield f'http://127.0.0.1:{httpd.server_port}/'
    httpd.shutdown()
    httpd.server_close()


def test_download(server, tmp_path, monkeypatch):
    monkeypatch.setenv('LLM_PROJECT_ROOT', str(tmp_path))
    monkeypatch.delenv('LLM_BOOK_MIRROR', raising=False)
    digest = sha256(b'The lazy dog.').hexdigest()
    urls = ['http://127.0.0.1:9/oak.txt', server + 'oak.txt']  # the first address is dead
    path = download.fetch_file(urls, digest)
    assert path.read_text() == 'The lazy dog.' and path.is_relative_to(tmp_path / 'data' / 'downloads')
    assert download.fetch_file(['http://127.0.0.1:9/oak.txt'], digest) == path  # cached: no network needed


def test_download_with_a_wrong_hash_is_kept_aside_and_never_used(server, tmp_path, monkeypatch):
    monkeypatch.setenv('LLM_PROJECT_ROOT', str(tmp_path))
    monkeypatch.delenv('LLM_BOOK_MIRROR', raising=False)
    for _ in range(2):
        with pytest.raises(FileNotFoundError, match='not the file we expect'):
            download.fetch_file([server + 'oak.txt'], '0' * 64)
    left = [p.name for p in (tmp_path / 'data').rglob('*') if p.is_file()]
    assert left == ['oak.txt.wrong-hash']


@needs_mirror
def test_mirror_has_what_the_registry_says(monkeypatch):
    monkeypatch.setenv('LLM_BOOK_MIRROR', str(MIRROR))
    for name, group in download.registry().items():
        assert len(download.fetch(name)) == len(group['files'])


def test_configs_parse_and_build_on_the_meta_device():
    import torch
    from llm_book.model.gpt import n_params
    from llm_book.pretrain import pretrain_settings
    from llm_book.model.families import build_model

    sizes = {}
    for name in PRETRAINING:
        cfg = pretrain_settings(['--config', name]).model
        with torch.device('meta'):
            sizes[name] = n_params(build_model(cfg))
    want = {
        'gpt2-124m': (124, 125),
        'gpt2-355m': (354, 356),
        'gpt2-774m': (773, 775),
        'qwen3-0.6b': (595, 597),
        'qwen-600m': (600, 610),
        'qwen-1.2b': (1150, 1250),
        'cci3': (600, 610),
        'tales': (1, 2),
        'tales-qwen': (1, 2),
        'novels': (10, 20),
        'shakespeare': (0.9, 2),
    }
    assert sizes.keys() == want.keys() and sizes['gpt2-124m'] == 124_439_808
    for name, (low, high) in want.items():
        assert low < sizes[name] / 1e6 < high, (name, sizes[name])


@pytest.mark.parametrize('command,name', [(c, name) for c, names in TUNING.items() for name in names])
def test_configs_of_the_tuning_commands_parse(command, name):
    module = importlib.import_module(f'llm_book.{command}')
    s = getattr(module, f'{command}_settings')(['--config', name])
    assert s.run.run == name and s.training.compile is False


def test_paths_of_this_machine_are_not_committed():
    import subprocess

    files = subprocess.run(
        ['git', 'ls-files', '-z'], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split('\0')
    for name in filter(None, files):
        text = (
            (ROOT / name).read_text(encoding='utf-8', errors='ignore') if Path(name).suffix != '.png' else ''
        )
        for bad in ('/wor' + 'k/', '/tm' + 'p/ven', '/ro' + 'ot/'):
            assert bad not in text, f'{name} holds {bad}'


@pytest.mark.parametrize('config', ['tales', 'tales-qwen'])
def test_a_run_opens_in_transformers_and_in_generate(run, tmp_path, config):
    "The folder `model/` of a run: nothing missing, the same ids, the same greedy text."
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    shape = (
        [
            '--model.config.head_dim',
            '8',
            '--model.config.hidden_dim',
            '32',
            '--training.learning_rate',
            '4e-3',
        ]
        if config == 'tales-qwen'
        else []
    )  # so small a one would fall silent at 4e-2
    run('llm_book.pretrain', '--config', config, *TINY, *shape, '--run', 'mine', '--data.lang', 'zh')
    folder = tmp_path / 'logs' / 'pretraining' / 'mine'
    ours = run(
        'llm_book.generate', '--model', folder, '--prompt', '从前', '--temperature', 0, '--max_new_tokens', 12
    ).stdout
    model, info = AutoModelForCausalLM.from_pretrained(folder / 'model', output_loading_info=True)
    assert not any(info.values()), info
    tok = AutoTokenizer.from_pretrained(folder / 'model')
    ids = torch.tensor([[tok.eos_token_id, *tok.encode('从前')]])
    new = model.generate(
        ids, max_new_tokens=12, do_sample=False, eos_token_id=tok.eos_token_id, pad_token_id=tok.eos_token_id
    )
    theirs = tok.decode(new[0, 1:], skip_special_tokens=True)
    assert len(theirs) > 4 and ours.strip().startswith(theirs.strip()), (ours, theirs)
