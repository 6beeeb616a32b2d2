"Texts, dates and numbers as people write them in settings: cases P01, Y01, Y02 and Y04 of issue 20."

import re
from dataclasses import replace

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

CONFIG = 'training: {max_steps: 2, batch_size: 4}\n'


def read(path, *argv):
    from llm_book.pretrain import pretrain_settings

    return pretrain_settings(['--config', str(path), *argv])


@pytest.fixture(scope='module')
def made(tmp_path_factory):
    return tmp_path_factory.mktemp('settings')


def written(tmp_path, text):
    path = tmp_path / 'c.yaml'
    path.write_text(text, encoding='utf-8')
    return path


@pytest.mark.parametrize(
    'text',
    ['2024-05-01', '2024-05-01 10:00:00', '0123', '001', '0x1f', '0o17', '12:30:45', '1.10', '1_000', '1e3']
    + ['yes', 'No', 'on', 'OFF', 'true', '~x', '.5', '.inf', '.nan', '+1', '=', '<<', '#1', '我的', 'ñ'],
)
def test_y01_y02_a_name_in_a_file_stays_as_it_is_written(tmp_path, text):
    quoted = f"'{text}'" if text in ('#1',) else text  # in YAML the rest of the line is a comment
    assert read(written(tmp_path, f'run: {quoted}\n{CONFIG}')).run.run == text
    assert read(written(tmp_path, CONFIG), f'--run={text}').run.run == text


@pytest.mark.parametrize('text', ['yes', 'Yes', 'true', 'no', 'off', 'False'])
def test_y02_switches_still_take_yes_and_no(tmp_path, text):
    s = read(written(tmp_path, f'training: {{max_steps: 2, save_async: {text}}}\n'))
    assert s.training.save_async is (text.lower() in ('yes', 'true'))


@pytest.mark.parametrize(
    'text', ['# hi', 'null', '~', '&x', '*x', '--- x', '- x', '{', '[', '!!python/x', '"', '%']
)
def test_p01_a_prompt_is_a_text(text):
    from llm_book.core.parser import parse_config
    from llm_book.generate import GenerateConfig

    for argv in (['--prompt', text], [f'--prompt={text}']):
        config = parse_config({'': GenerateConfig}, {}, ['--model', 'm', *argv], 'generate', '')['']
        assert config.prompt == text


@pytest.mark.parametrize(
    'text',
    [
        f'{CONFIG}data: {{train_path: a.txt}}\ntraining: {{max_steps: 3}}\n',
        'run: a\nrun: a\n',
        'training: {max_steps: 3, max_steps: 4}\n',
        'training:\n  max_steps: 3\n  batch_size: 1\n  max_steps: 3\n',
        '"run": a\nrun: b\n',
    ],
)
def test_y04_a_key_that_stands_twice_is_named(tmp_path, text):
    with pytest.raises(ValueError, match=r"c\.yaml.*line \d+: the key '\w+' stands twice") as e:
        read(written(tmp_path, text))
    assert '\n' not in str(e.value)


NAMES = st.text(st.characters(exclude_categories=['Cs', 'Cc']), min_size=1, max_size=20).filter(str.strip)
RUNS = NAMES.filter(lambda name: not {'/', '~'} & {*name} and {*name} != {'.'})
RATES = st.floats(1e-9, 1e3) | st.integers(1, 10)


@given(
    RUNS,
    NAMES,
    RATES,
    st.integers(1, 10**12),
    st.booleans(),
    st.sampled_from([None, 'a b', '# c', '~', '1.0']),
)
@settings(max_examples=60, deadline=None)
def test_settings_that_are_written_and_read_again_are_equal(made, run, prompt, rate, steps, switch, text):
    from llm_book.core.runs import write_settings
    from llm_book.train.setup import settings_dict

    s = read(written(made, CONFIG))
    training = replace(
        s.training, sample_prompt=prompt, learning_rate=rate, max_steps=steps, save_async=switch
    )
    s = replace(s, run=replace(s.run, run=run), training=training, data=replace(s.data, train_path=text))
    write_settings(made, settings_dict(s))
    again = read(made / 'config.yaml')
    assert settings_dict(again) == settings_dict(s)


@pytest.mark.parametrize('value', [0, -1, -16])
@pytest.mark.parametrize('name', ['emb_dim', 'n_heads', 'n_layers', 'context_length', 'vocab_size'])
def test_sizes_of_a_model_are_positive(tmp_path, name, value):
    with pytest.raises(ValueError, match=f'model.config.{name} is {value}: it has to be positive'):
        read(written(tmp_path, CONFIG), f'--model.config.{name}={value}')
    with pytest.raises(ValueError, match=f'model.config.{name} is {value}: it has to be positive'):
        read(written(tmp_path, f'{CONFIG}model: {{name: qwen, config: {{{name}: {value}}}}}\n'))


@pytest.mark.parametrize('name', ['data.train_path', 'data.val_path', 'data.tokenizer', 'run', 'init_from'])
def test_a_name_that_is_empty_is_no_default(tmp_path, name):
    with pytest.raises(ValueError, match=f'{name} is empty: leave it out for its default'):
        read(written(tmp_path, CONFIG), f'--{name}=')


@pytest.mark.parametrize(
    'tag',
    ['!!timestamp 2024-01-01', '!!timestamp nope', '!!binary aGk=', '!!set {a, b}', '!!omap [a: b]', '!x 5']
    + ['!!bool maybe', '!!int "x"', '!!float 2', '!!null x', '!!python/object/apply:os.system [x]'],
)
def test_a_tag_is_left_out(tmp_path, tag):
    for text in (
        f'{CONFIG}run: {tag}\n',
        f'run: x\ntraining: {{max_steps: {tag}}}\n',
        f'run: x\n? {tag}\n: 1\n',
    ):
        with pytest.raises(
            ValueError, match=rf'c\.yaml, line 2: leave out the tag {re.escape(tag.split()[0])}:'
        ):
            read(written(tmp_path, text))


def test_the_tag_of_a_text_stays(tmp_path):
    s = read(written(tmp_path, 'run: !!str 5\ntraining: {max_steps: !!str 7}\n'))
    assert (s.run.run, s.training.max_steps) == ('5', 7)


def test_merge_keys(tmp_path):
    base = 'data: &d {n_train: 5, n_val: 6}\n<<: {device: cpu, run: a}\nrun: b\n'
    s = read(written(tmp_path, f'{base}training: {{<<: [{{max_steps: 7}}, {{max_steps: 8, seed: 9}}]}}\n'))
    assert (s.run.device, s.run.run, s.training.max_steps, s.training.seed) == ('cpu', 'b', 7, 9)
    with pytest.raises(ValueError, match=r"c\.yaml, line 5: unknown setting 'training.n_train'"):
        read(written(tmp_path, f'{base}training:\n  <<: {{n_train: 3}}\n'))
    with pytest.raises(ValueError, match='line 1: the value holds itself'):
        read(written(tmp_path, 'training: &a {<<: *a}\n'))


@pytest.mark.parametrize(
    'line,says',
    [
        ('training.seed: 4', "the key 'training.seed' has dots; in a file write `training:`, and below it"),
        ('1: a', "unknown setting '1'; "),
        ('true: a', "unknown setting 'true'; "),
        ('null: a', "unknown setting 'null'; "),
        ('~: a', "unknown setting '~'; "),
        ('1.5: a', "the key '1.5' has dots"),
        ('? [a]\n: b', 'a key has to be the name of a setting'),
        ('? {a: b}\n: c', 'a key has to be the name of a setting'),
    ],
)
def test_a_key_that_names_no_setting(tmp_path, line, says):
    with pytest.raises(ValueError, match=re.escape(f'c.yaml, line 2: {says}')):
        read(written(tmp_path, f'{CONFIG}{line}\n'))


@pytest.mark.parametrize('text', ['', '# only this\n', '---\n', '{}', 'null', '[]', '5'])
def test_a_config_without_settings_is_no_config(tmp_path, text):
    with pytest.raises(ValueError, match=r'c\.yaml holds no `key: value` lines'):
        read(written(tmp_path, text))


@pytest.mark.parametrize('text', ['1:30', '190:20:30', '1:30.5', '.inf', '.nan', '!!bool maybe', '*x'])
def test_what_is_no_number(tmp_path, text):
    for name in ('learning_rate', 'max_steps', 'seed', 'betas', 'save_async'):
        for value in (text, f'[0.5, {text}]'):
            with pytest.raises(ValueError, match=re.escape(f'training.{name} is {value!r}, not ')):
                read(written(tmp_path, CONFIG), f'--training.{name}={value}')
    with pytest.raises(ValueError, match=re.escape(f'c.yaml, line 1: training.seed is {text!r}, not ')):
        read(written(tmp_path, f"training: {{seed: '{text}'}}\n"))


@pytest.mark.parametrize('text,number', [('1_000', 1000), ('0x10', 16), ('+5', 5), ('0123', 123), (' 5 ', 5)])
def test_what_is_a_number(tmp_path, text, number):
    assert read(written(tmp_path, CONFIG), f'--training.max_steps={text}').training.max_steps == number
    assert read(written(tmp_path, CONFIG), f'--training.grad_clip={text}').training.grad_clip == number


@pytest.mark.parametrize('seed', [2**64, -(2**63) - 1, 10**30])
def test_a_seed_that_torch_does_not_take(tmp_path, seed):
    from llm_book.generate import GenerateConfig

    with pytest.raises(ValueError, match=rf'c\.yaml, line 1: training.seed is {seed}: it has to lie between'):
        read(written(tmp_path, f'training: {{seed: {seed}}}\n'))
    with pytest.raises(ValueError, match=f'seed is {seed}: it has to lie between'):
        GenerateConfig(model='m', seed=seed)
    for good in (2**64 - 1, -(2**63)):
        assert torch.Generator().manual_seed(
            read(written(tmp_path, CONFIG), f'--training.seed={good}').training.seed
        )


def test_half_a_character(tmp_path):
    with pytest.raises(ValueError, match=r"c\.yaml, line 2: run holds '\\ud83d', which is no character"):
        read(written(tmp_path, f'{CONFIG}run: "\\uD83D"\n'))
    for name in ('training.sample_prompt', 'data.train_path', 'run'):
        with pytest.raises(ValueError, match=rf"^{name} holds '\\udcff', which is no character"):
            read(written(tmp_path, CONFIG), f'--{name}=a\udcff')


OWN = """
def half(step, warmup_steps, max_steps, decay_share): return 0.5
def hyperbola(step, warmup_steps, max_steps, decay_share): return 1 / (max_steps - warmup_steps)
def short(step, max_steps): return 1
def nothing(*numbers): pass
def text(*numbers): return 'x'
def broken(*numbers): raise KeyError('z')
"""


def test_a_schedule_from_outside(tmp_path, monkeypatch):
    (tmp_path / 'own_heights.py').write_text(OWN)
    monkeypatch.syspath_prepend(tmp_path)
    path = written(tmp_path, CONFIG)
    for name in ('half', 'hyperbola'):
        assert read(path, '--training.schedule', f'own_heights:{name}').training.max_steps == 2
    for name in (
        'own_heights:short',
        'own_heights:nothing',
        'own_heights:text',
        'own_heights:broken',
        'os:system',
    ):
        with pytest.raises(ValueError, match=f"^training.schedule '{name}' is no function of "):
            read(path, '--training.schedule', name)


@pytest.mark.parametrize(
    'argv,says',
    [
        (['--model.name', 'bert'], "no model 'bert'; there are: gpt, llama, qwen"),
        (
            ['--model.name', 'bert', '--model.config.emb_dim', '16'],
            "no model 'bert'; there are: gpt, llama, qwen",
        ),
        (
            ['--model.name', 'llama', '--model.config.emb_dim', '16'],
            '--model.name llama needs a shape too, that of',
        ),
        (['--training.min_lr', '1'], 'training.min_lr 1.0 is above the peak'),
        (['--training.grad_clip', '1e400'], 'training.grad_clip is inf: it has to be finite'),
        (['--timeout', '-5'], 'timeout is -5.0: it has to be a positive number of seconds'),
        (['--timeout', '1e30'], 'timeout is 1e+30: it has to be a positive number of seconds'),
        (['--strategy', 'fdsp'], "unknown strategy 'fdsp'; did you mean 'fsdp'?"),
        (['--data.val_path', 'a.txt'], 'data.val_path is for texts'),
    ],
)
def test_settings_that_do_not_fit_together(tmp_path, argv, says):
    with pytest.raises(ValueError, match=re.escape(says)):
        read(written(tmp_path, CONFIG), *argv)


def test_the_family_of_a_shape_may_be_said_again(tmp_path):
    path = written(tmp_path, f'{CONFIG}model: {{config: qwen3-0.6b}}\n')
    assert read(path, '--model.name', 'qwen').model == read(path).model


@pytest.mark.parametrize(
    'name', ['~/z', '~', '../x', 'a/../b', '..', '.', './', '/tmp/x', 'a\nb', 'a\0', 'x' * 201]
)
def test_what_names_no_run(tmp_path, name):
    from llm_book.classify import classify_settings
    from llm_book.instruct import instruct_settings
    from llm_book.pretrain import pretrain_settings

    for settings_of in (pretrain_settings, classify_settings, instruct_settings):
        with pytest.raises(ValueError, match='it names a folder below logs/'):
            settings_of([f'--run={name}'])


@pytest.mark.parametrize('name', ['a/b', './a', 'a b', '中文', '-x', 'a:b*?', 'null', '~x', 'x' * 200])
def test_what_names_a_run(tmp_path, name):
    assert read(written(tmp_path, CONFIG), f'--run={name}').run.run == name


def test_help_shows_no_null_for_a_text(capsys):
    with pytest.raises(SystemExit):
        read('tales', '--help')
    out = capsys.readouterr().out
    assert '--run TEXT' in out and 'TEXT|null' not in out and '--training.max_steps INT|null' in out
    assert 'only in a YAML file is null no text' in out
