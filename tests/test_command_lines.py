"Every command answers bad input with one line that names it and the remedy; odd values that are right work."

import re
import shlex
import sys

import nbformat
import pytest
from conftest import ROOT, TINY
from llm_book.core.parser import Parser, filled

COMMANDS = {
    'pretrain': '',
    'classify': '',
    'classify predict': '--model m.csv f',
    'instruct': '',
    'generate': '',
    'chat': '',
    'report': 'run',
    'collect_env': '',
    'data pretokenize': 'a.txt',
    'data info': 'f',
    'data adopt': 'f',
    'data fetch': 'novels',
    'data list': '',
    'bench generate': '',
    'bench data': '',
    'bench train': '',
    'bench lora': '',
}  # and words that each has to have
FILES = {
    'wrong-type.yaml': 'run: x\ntraining:\n  seed: 1\n  learning_rate: high\n',
    'wrong-choice.yaml': 'data:\n\n  lang: fr\n',
    'not-allowed.yaml': 'training: {seed: 1}\ndata:\n  n_val: 1\n',
    'null.yaml': 'training:\n  seed: null\n',
    'unknown.yaml': '# mine\ntraining:\n  learning_rat: 1\n',
    'unknown-group.yaml': 'run: x\ntrainin:\n  seed: 1\n',
    'no-group.yaml': 'run: x\ntraining: 5\n',
    'no-preset.yaml': 'run: x\nmodel:\n  config: gpt2-125m\n',
    'list.yaml': 'run: [a, b]\n',
    'odd.yaml': 'run: "#1 -x 我的"\ntraining:\n  sample_prompt: "# Es war"\n  max_steps: 1\n',
}


@pytest.fixture(autouse=True)
def files(tmp_path):
    for name, text in FILES.items():
        (tmp_path / name).write_text(text, encoding='utf-8')


@pytest.mark.parametrize('command', COMMANDS)
def test_help_explains_and_fits_the_screen(command, typed):
    code, out, err = typed(command, '--help')
    assert code == 0 and not err and f'usage: python -m llm_book.{command}' in out
    assert max(map(len, out.splitlines())) <= 100
    settings = [
        ' '.join(part.split()) for part in re.split(r'\n(?=  -|\w|\n)', out) if part.startswith('  --')
    ]
    for setting in settings:
        assert re.fullmatch(r'--[\w.]+ \S+ .*\w.* \(default: .+\)', setting), setting
    assert bool(settings) == (
        command not in ('report', 'collect_env', 'data info', 'data fetch', 'data list')
    )


@pytest.mark.parametrize('command', COMMANDS)
def test_an_unknown_setting_names_the_near_one(command, refused_here, typed):
    words = COMMANDS[command].split()
    assert "unknown setting 'hepl'; did you mean 'help'?" == refused_here(command, *words, '--hepl')
    names = re.findall(r'^  --(\w[\w.]+) ', typed(command, '--help')[1], re.M)
    for name in names[:3]:
        says = refused_here(command, *words, f'--{name}y', '1')
        assert says.startswith(f'unknown setting \'{name}y\'; did you mean \'') and name[:3] in says


@pytest.mark.parametrize('command', COMMANDS)
def test_a_setting_of_another_command(command, refused_here):
    assert refused_here(command, *COMMANDS[command].split(), '--of_another_world', '1').startswith(
        "unknown setting 'of_another_world'; "
    )


@pytest.mark.parametrize('command', COMMANDS)
def test_a_value_that_is_missing_or_of_another_type(command, typed, refused_here):
    "For each setting of each command that is not any text."
    words, out, kinds = (
        COMMANDS[command].split(),
        typed(command, '--help')[1],
        {'INT': 'a whole number', 'NUMBER': 'a number'},
    )
    settings = re.findall(r'^  --(\w[\w.]*) (\S+)', out, re.M)
    for name, kind in settings:
        if 'TEXT' not in kind and kind != '[true|false]':
            assert refused_here(command, *words, f'--{name}') == f'--{name} needs a value'
        if kind == '[true|false]' or set(kinds) & set(kind.split('|')):
            wanted = kinds.get(kind.split('|')[0], 'true or false') + ' or null' * kind.endswith('|null')
            assert refused_here(command, *words, f'--{name}=x') == f"{name} is 'x', not {wanted}"
        elif kind == 'LIST':
            assert re.fullmatch(
                rf"{name} is '\[', not a list (of 2 numbers )?such as \[.*\]",
                refused_here(command, *words, f'--{name}', '['),
            )
        elif kind[0] == '{' and kind[-5:] != '|TEXT':
            choice = kind.strip('{}').split('}')[0].split(',')[0]
            assert refused_here(command, *words, f'--{name}', choice + 'x').startswith(
                f"{name} is '{choice}x'; "
            )


@pytest.mark.parametrize(
    'line,says',
    [
        ('data pretokenise a.txt', "no command 'pretokenise'; did you mean 'pretokenize'?"),
        ('data --out x', "no command '--out'; there are: adopt, fetch, info, list, pretokenize"),
        ('bench generat', "no command 'generat'; did you mean 'generate'?"),
        ('bench --json x', "no command '--json'; there are: data, generate, lora, train"),
        ('classify predikt', "no command 'predikt'; did you mean 'predict'?"),
        ('pretrain predict', "'predict' belongs to no setting; write --name value"),
        ('pretrain -x 1', "'-x' belongs to no setting; write --name value"),
        ('collect_env gpu', "'gpu' belongs to no setting; there are none"),
        ('pretrain --freeze head', "unknown setting 'freeze'; --help shows all"),
        ('data info f --dtype uint16', "unknown setting 'dtype'; there are: help"),
        ('bench data --new_tokens 3', "unknown setting 'new_tokens'; "),
        ('generate --terminal', "unknown setting 'terminal'; "),
        (
            'pretrain --learning_rate 1',
            "unknown setting 'learning_rate'; did you mean 'training.learning_rate'?",
        ),
        ('classify --freeze heads', "freeze is 'heads'; did you mean 'head'?"),
        ('instruct --backend jax', "backend is 'jax'; there are: hf, own"),
        ('generate --dtype floot16', "dtype is 'floot16'; did you mean 'float16'?"),
        ('pretrain --data.documents packd', "data.documents is 'packd'; did you mean 'packed'?"),
        ('pretrain --training.optimizer adamv', "unknown training.optimizer 'adamv'; did you mean 'adamw'?"),
        ('pretrain --model.config gpt2-125m', "no model config 'gpt2-125m'; did you mean 'gpt2-124m'?"),
        ('pretrain --model.name qwem --model.config qwen3-0.6b', "no model 'qwem'; did you mean 'qwen'?"),
        ('data pretokenize a.txt --out o --max-bad many', "max_bad is 'many', not a number"),
        ('data pretokenize a.txt --max-badd 1', "unknown setting 'max_badd'; did you mean 'max_bad'?"),
        ('pretrain --dry_run perhaps', "dry_run is 'perhaps', not true or false"),
        ('chat --terminal perhaps', "terminal is 'perhaps', not true or false"),
        ('chat hello', "'hello' belongs to no setting; write --name value"),
        (
            'data pretokenize --out o',
            'SOURCE... is missing: python -m llm_book.data pretokenize SOURCE..., files, folders',
        ),
        ('classify predict --model m', 'FILE is missing: python -m llm_book.classify predict FILE, '),
        ('classify predict f.csv', '--model is missing'),
        ('classify predict --model m a.csv b.csv', 'unrecognized arguments: b.csv'),
        ('report', 'RUN... is missing: python -m llm_book.report RUN..., names of runs'),
        ('pretrain --config tales --config spam', '--config stands twice (tales, spam): keep one'),
        ('instruct --config=a --n_ask 0 --config=b', '--config stands twice (a, b): keep one'),
        ('pretrain --config talse', "no config 'talse': no such file; did you mean 'tales'?"),
        (
            'pretrain --config wrong-type.yaml',
            "wrong-type.yaml, line 4: training.learning_rate is 'high', not a number",
        ),
        (
            'pretrain --config wrong-choice.yaml',
            "wrong-choice.yaml, line 3: data.lang is 'fr'; there are: en, zh",
        ),
        (
            'pretrain --config not-allowed.yaml',
            'not-allowed.yaml, line 3: data.n_val is 1: it has to be at least 2',
        ),
        (
            'classify --config null.yaml',
            'null.yaml, line 2: training.seed is null; leave the line out for its default',
        ),
        (
            'instruct --config unknown.yaml',
            "unknown.yaml, line 3: unknown setting 'training.learning_rat'; "
            "did you mean 'training.learning_rate'?",
        ),
        (
            'pretrain --config unknown-group.yaml',
            "unknown-group.yaml, line 2: unknown setting 'trainin'; did you mean 'training'?",
        ),
        ('classify --config no-group.yaml', 'no-group.yaml, line 2: training has to hold `key: value` lines'),
        (
            'pretrain --config no-preset.yaml',
            "no-preset.yaml, line 2: no model config 'gpt2-125m'; did you mean 'gpt2-124m'?",
        ),
        ('pretrain --config list.yaml', "list.yaml, line 1: run is ['a', 'b'], not a text"),
        (
            'pretrain --config wrong-type.yaml --training.learning_rat 1',
            "unknown setting 'training.learning_rat'; ",
        ),  # nothing to blame a file for
        ('pretrain --config not-allowed.yaml --data.n_val 0', 'data.n_val is 0: it has to be at least 2'),
    ],
)
def test_bad_input_is_one_line(refused_here, line, says):
    said = refused_here(*line.split())
    assert said.startswith(says), said


@pytest.mark.parametrize(
    'line,says',
    [
        (
            'classify --data.train_path=a --data.train_path=b',
            '--data.train_path stands twice (a, b): keep one',
        ),
        ('pretrain --run a --data.train-path b --run=c', '--run stands twice (a, c): keep one'),
        (
            'instruct --data.train_path a --data.train-path a',
            '--data.train_path stands twice (a, a): keep one',
        ),
        ('pretrain --dry_run --dry_run no', '--dry_run stands twice (true, no): keep one'),
        ('classify predict --model m f.csv --model n', '--model stands twice (m, n): keep one'),
        ('data pretokenize a.txt --out o --out p', '--out stands twice (o, p): keep one'),
        ('generate --model m --stop a --stop b', '--stop stands twice (a, b): keep one'),
        ('chat --model m --model n', '--model stands twice (m, n): keep one'),
        ('bench data --repeats 1 --repeats 2', '--repeats stands twice (1, 2): keep one'),
    ],
)
def test_what_is_typed_twice(monkeypatch, refused_here, line, says):
    monkeypatch.setattr(sys, 'argv', ['llm-book', *line.split()[1:]])
    assert says in refused_here(*line.split())


@pytest.mark.parametrize(
    'argv,want',
    [
        (['--model', '--stop', '--stop', '--prompt', '--prompt=--stop'], ('--stop', '--prompt', '--stop')),
        (['--stop+=a', '--stop+=b', '--model', 'm'], ('m', ['a', 'b'], '')),  # they add to a list
    ],
)
def test_what_is_typed_once(monkeypatch, argv, want):
    from llm_book.generate import GenerateConfig

    monkeypatch.setattr(sys, 'argv', ['generate', *argv])
    parser = Parser('generate', '')
    parser.add_settings(GenerateConfig)
    found = parser.parse_args(argv)
    assert (found.model, found.stop, found.prompt or '') == want


@pytest.mark.parametrize('value', ['[0.9, 0.95, 0.9]', '[0.9]', '0.9', '[a, b]'])
def test_two_numbers(refused_here, value):
    said = refused_here('pretrain', '--training.betas', value)
    assert said == f'training.betas is {value!r}, not a list of 2 numbers such as [0.9, 0.95]'


@pytest.mark.parametrize(
    'value',
    [
        '-x',
        '--config',
        '--- a',
        '# a',
        '#',
        '~',
        'null',
        '0123',
        'yes',
        '[1]',
        '{a: 1}',
        ' a  b ',
        '我的 文',
        '=',
        "'",
    ],
)
def test_a_text_may_be_anything(value):
    from llm_book.pretrain import pretrain_settings

    both = ['--training.sample_prompt', value, '--init_from', value]
    for argv in (['--init_from', value], [f'--init_from={value}'], both):
        s = pretrain_settings(argv)
        assert (s.run.init_from, s.training.sample_prompt) == (value, value * (len(argv) == 4))


def test_flags_and_dashes():
    from llm_book.pretrain import pretrain_settings

    s = pretrain_settings(
        [
            '--dry_run',
            '--training.save-async',
            '--data.shuffle',
            'no',
            '--training.wandb=false',
            '--model.config.qkv_bias',
            '--overfit',
            '2',
        ]
    )
    assert (
        s.run.dry_run,
        s.training.save_async,
        s.data.shuffle,
        s.training.wandb,
        s.model.qkv_bias,
        s.run.overfit,
    ) == (True, True, False, False, True, 2)
    assert (
        pretrain_settings(['--training.seed', '1', '--training.seed', '2']).training.seed == 2
    )  # the last one counts, of all but --config


def test_words_may_stand_anywhere(typed, tmp_path):
    (tmp_path / '-a b.txt').write_text('The quick brown fox. ' * 50)
    (tmp_path / '中文.txt').write_text('从前有一只狐狸。' * 50, encoding='utf-8')
    code, out, err = typed(
        'data pretokenize',
        '-a b.txt',
        '--strict',
        '中文.txt',
        '--tokenizer',
        'bytes',
        '--out',
        'my shards',
        '--max-bad',
        '0.1',
        '--workers',
        '1',
        '--dedup',
    )
    assert code == 0 and 'complete' in out and '2 documents' in typed('data info', 'my shards')[1], (out, err)


def test_a_run_may_be_called_anything(typed, tmp_path):
    assert typed('pretrain', *TINY, '--training.max_steps', '1', '--run', '#1 -x 我的')[0] == 0
    assert (tmp_path / 'logs' / 'pretraining' / '#1 -x 我的' / 'model').is_dir()
    for command, argv in (
        ('report', ['#1 -x 我的']),
        ('generate', ['--model', '#1 -x 我的', '--max_new_tokens', '2', '--prompt', '# -']),
    ):
        code, out, err = typed(command, *argv)
        assert code == 0 and ('#1 -x 我的' in out or out.startswith('# -')), (command, out, err)


def test_help_shows_what_a_config_sets(typed):
    out = ' '.join(typed('pretrain', '--config', 'odd.yaml', '--help')[1].split())
    assert (
        'what the samples start with (default: # Es war)' in out
        and 'optimizer steps in all (default: 1)' in out
    )
    assert 'numbered when it is taken (default: #1 -x 我的)' in out


def test_no_password_in_the_help(typed, monkeypatch):
    monkeypatch.setenv('LLM_BOOK_PASSWORD', 'open sesame')
    assert 'sesame' not in typed('chat', '--help')[1]
    assert (
        'holds no' in typed('chat', '--host', '0.0.0.0', '--model', '.', '--terminal')[2]
    )  # not for want of a password


def documented():
    "The command lines of the READMEs, the workshop's and chapters' texts, and launch/."
    paths = [
        ROOT / 'README.md',
        ROOT / 'README.zh.md',
        *(ROOT / 'launch').iterdir(),
        *(ROOT / 'nbs').rglob('*.ipynb'),
    ]
    for path in paths:
        text = path.read_text(encoding='utf-8')
        if path.suffix == '.ipynb':
            text = '\n'.join(c.source for c in nbformat.reads(text, 4).cells if c.cell_type == 'markdown')
        for module, rest in re.findall(r'-m llm_book\.(\w+)((?: [^`#\n|]*)?)', text):
            argv = shlex.split(
                rest.split('  ')[0]
                .split('；')[0]
                .split(';')[0]
                .replace('"$@"', '')
                .replace('|| status=$?', '')
            )
            if (
                module != 'x'
                and argv != ['pretokenize']
                and not any(word.isupper() or '...' in word or '…' in word for word in argv)
            ):
                yield module, *argv


@pytest.mark.parametrize('line', sorted({' '.join(map(shlex.quote, line)) for line in documented()}))
def test_documented_command_lines_are_read(line, typed, monkeypatch):
    def stop(*args):
        if isinstance(args[0], Parser):
            filled(*args)
        raise KeyboardInterrupt  # read, but nothing is done

    for module in ('core.parser', 'train.setup', 'data.__main__', 'bench.__main__', 'chat', 'classify'):
        monkeypatch.setattr(f'llm_book.{module}.filled', stop)
    command, *argv = shlex.split(line)
    if command == 'report':
        monkeypatch.setattr('llm_book.report.compare_runs', stop)
    code, out, err = typed(command, *argv)
    assert code == (0 if '--help' in argv or line in ('bench', 'data', 'collect_env') else 130), (line, err)
