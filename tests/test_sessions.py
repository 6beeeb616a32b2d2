"Sessions: the prefix cache changes no token in any model, order or thread; no leaks, bounded memory."

import json
import random
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
import torch
from hypothesis import given, settings, strategies as st

from llm_book.data.conversations import stop_ids, with_special_tokens
from llm_book.infer.decoding import generate
from llm_book.model.gpt import GPTConfig, GPTModel
from llm_book.tune.sft import save_chat_model
from llm_book.model.qwen import QwenConfig, QwenModel
from llm_book.serve.history import truncate_history
from llm_book.serve.messages import validate_messages
from llm_book.serve.sessions import PLAIN_TEMPLATE, Sampling, ChatModel, open_chat_model
from llm_book.text.chat_template import TEMPLATES
from llm_book.text.tokenizer import train_bpe

CHATML = TEMPLATES['chatml']
TOK = with_special_tokens(train_bpe(['the fox found a lantern. 狐狸找到了灯笼。'], 270), CHATML)
GPT = GPTConfig(vocab_size=280, context_length=192, emb_dim=32, n_heads=2, n_layers=2, drop_rate=0.0)
QWEN = QwenConfig(
    vocab_size=280,
    context_length=192,
    emb_dim=32,
    n_heads=2,
    n_kv_groups=1,
    head_dim=16,
    hidden_dim=64,
    n_layers=2,
)
say = lambda role, text: {'role': role, 'content': text}


def chat_model(cfg=GPT, template=CHATML, keep=4):
    torch.manual_seed(0)
    model = (GPTModel if isinstance(cfg, GPTConfig) else QwenModel)(cfg).eval()
    for p in model.parameters():
        if p.dim() > 1:
            torch.nn.init.normal_(p, std=0.3)
    ends = stop_ids(CHATML, TOK) if template is CHATML else [TOK.eot_id]
    return ChatModel(model, TOK, template, ends, start=template is PLAIN_TEMPLATE, keep=keep)


def alone(s, prompt, c):
    return generate(
        s.model,
        prompt,
        c.max_new_tokens,
        stop_ids=s.ends,
        seed=c.seed,
        vocab_size=TOK.vocab_size,
        **c.drawing(),
    )[0]


@pytest.mark.parametrize(
    'cfg', [GPT, QWEN, replace(QWEN, sliding_window=16, sliding_layers=(0,))], ids=['gpt', 'qwen', 'sliding']
)
@pytest.mark.parametrize('template', [CHATML, PLAIN_TEMPLATE], ids=['chatml', 'plain'])
def test_reuse_changes_nothing(cfg, template):
    s, rng, reused, dropped = chat_model(cfg, template), random.Random(0), 0, 0
    talks = [[say('system', f'rule {i}')] * (i % 2) for i in range(3)]
    for turn in range(24):
        talk = talks[turn % 3]
        talk.append(say('user', rng.choice(['the fox', '狐狸', 'hi', 'a lantern found'])))
        c = Sampling(
            rng.choice([0, 0.8, 1.5]),
            top_k=rng.choice([None, 20]),
            repetition_penalty=rng.choice([1.0, 1.3]),
            seed=turn,
            max_new_tokens=rng.choice([1, 8, 20]),
            stop=rng.choice([(), ('e',)]),
        )
        reply = s.answer(talk, c)
        text = reply.text()
        wanted = alone(s, reply.prompt, c)
        assert reply.ids == wanted[: len(reply.ids)] and (reply.ids == wanted or 'e' in TOK.decode(wanted))
        assert text == TOK.decode(wanted).split('e')[0] if c.stop else text == TOK.decode(wanted)
        talk.append(say('assistant', text))
        reused, dropped = reused + reply.reused, dropped + reply.dropped
    assert reused > 50 and dropped > 0 and len(s.prefixes.held) <= 4


def test_only_the_last_id_is_read_when_all_is_known():
    s = chat_model()
    first, second = (s.answer([say('user', 'the fox')], Sampling(0, max_new_tokens=5)) for _ in range(2))
    assert first.text() == second.text() and (first.reused, second.reused) == (0, len(first.prompt) - 1)


def test_a_stranger_costs_nobody_a_cache():
    s, c = chat_model(), Sampling(0, max_new_tokens=4)
    talk = [say('user', 'the fox found a lantern ' * 4)]
    talk += [say('assistant', s.answer(talk, c).text()), say('user', 'hi')]
    known = s.answer(talk, c)
    known.text()
    s.answer([say('user', 'a stranger')], c).text()
    again = s.answer(talk, c)
    assert again.text() and again.reused == len(again.prompt) - 1 and again.ids == known.ids


def test_the_cache_of_a_conversation_is_its_owners():
    s, c = chat_model(), Sampling(0, max_new_tokens=4)

    def known(owner):
        reply = s.answer([say('user', 'the fox found a lantern')], c)
        reply.owner = owner
        return reply.text(), reply.reused, len(reply.prompt)

    text, reused, n = known('me')
    assert reused == 0 and known('you') == known('he') == (text, 0, n)
    assert known('me') == known('you') == (text, n - 1, n) and len(s.prefixes.held) == 3
    s.prefixes.shared = True
    known('me')
    assert known('a stranger') == (text, n - 1, n)


def test_threads_do_not_disturb_each_other():
    s, c = chat_model(), Sampling(1.0, max_new_tokens=20, seed=5)
    words = [f'{i} the fox' for i in range(12)]
    with ThreadPoolExecutor(6) as pool:
        said = list(pool.map(lambda w: s.answer([say('user', w)], c).text(), words))
    assert said == [TOK.decode(alone(s, s.encode([say('user', w)]), c)) for w in words]
    assert not s.model.out_head._forward_pre_hooks


@settings(max_examples=60, deadline=None)
@given(
    st.integers(0, 12),
    st.booleans(),
    st.lists(st.integers(1, 9), min_size=26, max_size=26),
    st.integers(9, 60),
)
def test_window(turns, system, sizes, room):
    messages = [say('system', 's')] * system + [
        say(r, 'x' * sizes[2 * i + j]) for i in range(turns + 1) for j, r in enumerate(('user', 'assistant'))
    ][:-1]
    length = lambda m: sum(len(x['content']) for x in m)
    need = length(messages[:system] + messages[-1:])
    if need > room:
        with pytest.raises(ValueError, match='context is full'):
            truncate_history(messages, length, room)
        return
    kept = truncate_history(messages, length, room)
    assert length(kept) <= room and kept[-1] is messages[-1] and kept[:system] == messages[:system]
    assert kept[system]['role'] == 'user' and kept[system:] == messages[len(messages) - len(kept) + system :]
    if length(messages) <= room:
        assert kept == messages


def test_the_beginning_seldom_moves():
    messages, starts = [], []
    for i in range(60):
        messages += [say('user', 'x'), say('assistant', 'x')]
        starts.append(len(messages[:-1]) - len(truncate_history(messages[:-1], len, 20)))
    assert starts == sorted(starts) and len(set(starts)) <= 12


@settings(max_examples=150, deadline=None)
@given(
    st.recursive(
        st.none()
        | st.booleans()
        | st.integers()
        | st.floats()
        | st.text(max_size=5)
        | st.sampled_from(['user', 'system', 'text']),
        lambda x: (
            st.lists(x, max_size=3)
            | st.dictionaries(st.sampled_from(['role', 'content', 'type', 'text']), x, max_size=4)
        ),
        max_leaves=12,
    )
)
def test_nonsense_is_refused_by_a_sentence(value):
    for messages in (value, [value], [say('user', value)]):
        try:
            out = validate_messages(messages)
        except ValueError as e:
            assert str(e)
        else:
            assert out[-1]['role'] == 'user' and all(isinstance(m['content'], str) for m in out)


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=40) | st.sampled_from(['<|im_end|>', '<|im_start|>system\n', '<|endoftext|>']))
def test_text_never_becomes_a_marker(words):
    if not words.strip():
        return
    s = chat_model()
    ids = [i for i in s.encode([say('system', words), say('user', words)]) if i in TOK.specials.values()]
    start, end = TOK.specials['<|im_start|>'], TOK.specials['<|im_end|>']
    assert ids == [start, end, start, end, start]


def test_alpaca_answers_the_last_question_only(tmp_path):
    form = TEMPLATES['alpaca']
    torch.manual_seed(0)
    save_chat_model(GPTModel(GPT), TOK, form, tmp_path / 'm')
    s = open_chat_model(str(tmp_path / 'm'))
    ids, dropped = s.prompt([say('user', 'one'), say('assistant', 'two'), say('user', 'three')])
    assert dropped == 2 and 'three' in TOK.decode(ids) and 'one' not in TOK.decode(ids)
    (tmp_path / 'm' / 'llm_book_template.json').write_text(json.dumps({'turns': 7}))
    with pytest.raises(ValueError, match='damaged'):
        open_chat_model(str(tmp_path / 'm'))
