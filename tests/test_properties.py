"What has to hold for all inputs: tokenizers, the little world, generation."

import math
import os
import shutil
import subprocess
from functools import cache

import pytest
import torch
from conftest import ROOT
from hypothesis import given, settings
from hypothesis import strategies as st
from llm_book.model.gpt import GPTConfig, GPTModel
from llm_book.infer.decoding import generate
from llm_book.world.grammar import log_prob, parse, render_story, stories, story
from llm_book.text.tokenizer_files import get_tokenizer
from llm_book.text.tokenizer import train_bpe

quick = settings(max_examples=60, deadline=None)
texts = st.text(st.characters(exclude_categories=['Cs'])) | st.sampled_from(
    ['<|endoftext|>', 'a<|endoftext|>b', '懒狗🐕‍🦺é', ' ' * 50, '\r\n\t\0', 'e\u0301']
)


@cache
def trained():
    return train_bpe([*stories(100), *stories(100, lang='zh')], 700)


@quick
@given(texts)
def test_text_survives_the_tokenizer_and_never_ends_itself(text):
    for tok in (trained(), get_tokenizer('bytes')):
        ids = tok.encode(text)
        assert tok.decode(ids) == text and tok.eot_id not in ids and all(0 <= i < tok.vocab_size for i in ids)


@quick
@given(st.integers(0, 2**40), st.integers(0, 2**40), st.sampled_from(['en', 'zh']), st.booleans())
def test_stories_parse_back(seed, i, lang, heldout):
    text = story(seed, i, lang, heldout)
    assert render_story(parse(text, lang)) == text == story(seed, i, lang, heldout)
    assert -100 < log_prob(text, lang, heldout=True) < -10
    assert (log_prob(text, lang) == -math.inf) == heldout  # training never shows a held-out combination


@quick
@given(st.text('abc .', min_size=1, max_size=30), st.integers(0, 200))
def test_a_damaged_story_is_refused_with_its_place(junk, at):
    text = story(1, 1)
    damaged = text[:at] + junk + text[at:]
    try:
        assert render_story(parse(damaged)) == damaged
    except ValueError as e:
        assert 'character' in str(e)


@settings(max_examples=15, deadline=None)
@given(st.lists(st.integers(0, 30), min_size=1, max_size=10), st.floats(0, 2), st.integers(0, 5))
def test_cached_generation_equals_whole_forwards(prompt, temperature, seed):
    torch.manual_seed(0)
    model = GPTModel(GPTConfig(31, 16, emb_dim=16, n_heads=2, n_layers=2, drop_rate=0.0)).eval()
    greedy = generate(model, torch.tensor([prompt]), 6, temperature=0)[0]
    ids = list(prompt)
    for _ in range(6):
        with torch.no_grad():
            ids.append(int(model(torch.tensor([ids]))[0, -1].argmax()))
    assert list(map(int, greedy)) == ids[len(prompt) :]
    again = [
        generate(model, torch.tensor([prompt]), 6, temperature=temperature, seed=seed)[0] for _ in range(2)
    ]
    assert list(map(int, again[0])) == list(map(int, again[1]))


@pytest.mark.parametrize('version', ['3.11', '3.12', '3.13', '3.14'])
def test_stories_are_the_same_bytes_on_every_python(version):
    python = shutil.which(f'python{version}')
    if not python or subprocess.run([python, '--version'], capture_output=True).returncode:
        pytest.skip(f'no python{version} on this machine')
    code = 'from llm_book.world.grammar import stories; print(*stories(50), *stories(50, lang="zh"))'
    env = os.environ | {'PYTHONPATH': str(ROOT), 'PYTHONIOENCODING': 'utf-8', 'PYTHONDONTWRITEBYTECODE': '1'}
    done = subprocess.run([python, '-c', code], env=env, capture_output=True, check=True)
    assert done.stdout.decode().strip() == ' '.join([*stories(50), *stories(50, lang='zh')])
