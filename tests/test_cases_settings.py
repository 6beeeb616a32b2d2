"Texts, dates and numbers as people write them in settings: cases P01, Y01, Y02 and Y04 of issue 20."

from dataclasses import replace

import pytest
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
RATES = st.floats(1e-9, 1e3) | st.integers(1, 10)


@given(
    NAMES,
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
