"Generation: the same text as transformers, one by one, without a cache; where a text ends; the command."

import io
import sys
from dataclasses import replace
from functools import cache

import pytest
import torch
import transformers as hf
from hypothesis import example, given, settings
from hypothesis import strategies as st
from llm_book.generate import main as generate_main
from llm_book.infer import decoding as g
from llm_book.infer.texts import complete_texts, stop_at
from llm_book.model.gpt import GPTConfig, GPTModel
from llm_book.core.exercises import ENGLISH_SENTENCE, CHINESE_SENTENCE
from llm_book.core.commands import run_command
from llm_book.model.qwen import QwenConfig, QwenModel
from llm_book.text.tokenizer_files import get_tokenizer, save_hf
from llm_book.text.tokenizer import train_bpe
from llm_book.model.hub import from_pretrained, save_pretrained

torch.set_num_threads(1)
GPT = GPTConfig(97, 40, 32, 4, 3, 0.0)
QWEN = QwenConfig(97, 40, emb_dim=32, n_heads=4, n_layers=3, n_kv_groups=2, head_dim=16, hidden_dim=48)
SHAPES = {
    'gpt': GPT,
    'qwen': QWEN,
    'qwen-sliding': replace(QWEN, sliding_window=5, sliding_layers=(0, 2)),
    'qwen-experts': replace(QWEN, n_experts=4, n_active=2, expert_dim=16),
}


def at_random(m):
    "Every tensor drawn anew, so that the greedy text has many different ids."
    for name, p in m.named_parameters():
        torch.nn.init.normal_(p, std=0.3 if 'emb' in name or 'wte' in name else 1.0)
    return m


@cache
def model(kind):
    "A small model, every tensor at random."
    torch.manual_seed(1)
    m = (GPTModel if kind == 'gpt' else QwenModel)(SHAPES[kind]).eval()
    return at_random(m)


def some_ids(seed, lengths, size=97):
    gen = torch.Generator().manual_seed(seed)
    return [torch.randint(size, (n,), generator=gen).tolist() for n in lengths]


@pytest.fixture(params=[0, 2**18], ids=['layers split', 'layers whole'])
def split(request, monkeypatch):
    "With the large layers' products split, and without; tiny models have none, unless all count as large."
    whole = g.large_layers
    monkeypatch.setattr(g, 'large_layers', lambda model: whole(model, request.param))
    return request.param == 0


common = dict(vocab_size=300, bos_token_id=None, eos_token_id=None, pad_token_id=None)
qwen = common | dict(
    hidden_size=32,
    intermediate_size=48,
    num_hidden_layers=3,
    num_attention_heads=4,
    num_key_value_heads=2,
    max_position_embeddings=64,
    tie_word_embeddings=False,
)
PEERS = {
    'gpt2': lambda: hf.GPT2Config(n_positions=64, n_embd=32, n_layer=3, n_head=4, **common),
    'qwen2': lambda: hf.Qwen2Config(**qwen),
    'qwen2-sliding': lambda: hf.Qwen2Config(
        **qwen, use_sliding_window=True, sliding_window=7, max_window_layers=1
    ),
    'qwen3': lambda: hf.Qwen3Config(**qwen | dict(tie_word_embeddings=True), head_dim=16),
    'qwen3-moe': lambda: hf.Qwen3MoeConfig(
        **qwen, head_dim=16, num_experts=4, num_experts_per_tok=2, moe_intermediate_size=16
    ),
}


@pytest.mark.parametrize('kind', PEERS)
def test_greedy_text_is_that_of_transformers(kind, tmp_path, split):
    torch.manual_seed(3)
    theirs = at_random(hf.AutoModelForCausalLM.from_config(PEERS[kind](), attn_implementation='sdpa').eval())
    theirs.save_pretrained(tmp_path)
    ours = from_pretrained(tmp_path)
    prompts = some_ids(0, (1, 12, 25, 6), 300)
    ask = dict(max_new_tokens=30, do_sample=False, pad_token_id=0)
    alone = [theirs.generate(torch.tensor([p]), **ask)[0, len(p) :].tolist() for p in prompts]
    assert [g.generate(ours, p, 30, temperature=0)[0] for p in prompts] == alone
    assert g.generate(ours, prompts, 30, temperature=0) == alone
    assert len({i for row in alone for i in row}) > 8  # not one id over and over
    stop = alone[1][9]
    ended = [row[: row.index(stop)] if stop in row else row for row in alone]
    assert g.generate(ours, prompts, 30, temperature=0, stop_ids=[stop]) == ended
    penalised = theirs.generate(torch.tensor([prompts[1]]), repetition_penalty=1.3, **ask)[0, 12:].tolist()
    assert (
        g.generate(ours, prompts[1], 30, temperature=0, repetition_penalty=1.3) == [penalised] != [alone[1]]
    )


@pytest.mark.parametrize('kind', SHAPES)
def test_a_batch_of_unequal_prompts_is_each_of_them_alone(kind, monkeypatch):
    whole = g.large_layers
    monkeypatch.setattr(g, 'large_layers', lambda model: whole(model, 0))
    prompts, seeds = some_ids(5, (1, 40, 17, 3, 26, 17, 39)), [7, 7, 1, 2, 3, 4, 5]
    asks = (
        dict(temperature=0),
        dict(temperature=0.8, top_k=30, repetition_penalty=1.2),
        dict(top_p=0.9, min_p=0.02),
    )
    for ask in asks:
        for stops in ((), range(12)):
            for n in (9, 60):
                run = g.Decoding(model(kind), prompts, n, seed=seeds, stop_ids=stops, **ask)
                together = [[] for _ in prompts]
                for new in run:
                    for r, i in new.items():
                        together[r].append(i)
                for r, p in enumerate(prompts):
                    one = g.Decoding(model(kind), p, n, seed=seeds[r : r + 1], stop_ids=stops, **ask)
                    assert [new[0] for new in one] == together[r] and one.finish == run.finish[r : r + 1]
                    room = 40 - len(p) + 1  # the last new id is never read
                    assert len(together[r]) <= min(n, room) and not set(together[r]) & set(stops)
                    why = 'stop' if len(together[r]) < min(n, room) else 'length' if n <= room else 'context'
                    assert run.finish[r] in (why, 'stop') and (stops or run.finish[r] == why)


@pytest.mark.parametrize('kind', SHAPES)
def test_cached_logits_are_those_of_a_whole_forward(kind):
    m, tokens = model(kind), torch.tensor(some_ids(2, (40, 40, 40)))
    with torch.no_grad():
        whole = m(tokens)
        for sizes in ([1] * 40, [17, 1, 1, 20, 1], [40]):
            memory = g.KVCache(3, max_length=40)
            pieces = [m(part, cache=memory) for part in tokens.split(sizes, 1)]
            torch.testing.assert_close(torch.cat(pieces, 1), whole, atol=1e-4, rtol=1e-4)
        with pytest.raises(AssertionError, match='41 tokens do not fit into a cache of 40'):
            m(tokens[:, :1], positions=torch.tensor([39]), cache=memory)
    groups, size = (4, 8) if kind == 'gpt' else (2, 16)
    assert sum(b.nbytes for b in memory.buffers) == 2 * 3 * 3 * 40 * groups * size * 4


@pytest.mark.parametrize('kind', SHAPES)
def test_padding_changes_no_logit(kind):
    m, prompts = model(kind), some_ids(8, (30, 11, 1))
    feed = torch.tensor([[50] * (30 - len(p)) + p for p in prompts])
    with torch.no_grad():
        logits = m(feed, **g.batch_positions(torch.tensor([0, 19, 29]), 30, 30, 40))
        for row, p in zip(logits, prompts):
            torch.testing.assert_close(row[30 - len(p) :], m(torch.tensor([p]))[0], atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize('flat', [0.05, 3.0])
def test_draws_from_what_transformers_draws_from(flat):
    x = (
        torch.randn(4, 5000, generator=torch.Generator().manual_seed(0)) * flat
    )  # flat: more than 1024 ids in top-p
    past = torch.randint(5000, (4, 90), generator=torch.Generator().manual_seed(1))
    seen = torch.zeros(4, 5000, dtype=torch.bool).scatter_(1, past, True)
    for t, k, p, m, r in (
        (1.0, None, None, None, 1.0),
        (0.6, 7, None, None, 1.2),
        (1.7, None, 0.95, None, 0.7),
        (1.0, None, 0.2, None, 1.0),
        (1.3, None, None, 0.1, 1.5),
        (0.9, 3000, 0.9, 0.3, 1.1),
    ):
        steps = [hf.RepetitionPenaltyLogitsProcessor(r), hf.TemperatureLogitsWarper(t)]
        if k:
            steps.append(hf.TopKLogitsWarper(k))
        if p:
            steps.append(hf.TopPLogitsWarper(p))
        if m:
            steps.append(hf.MinPLogitsWarper(m))
        want = hf.LogitsProcessorList(steps)(past, x.clone()).softmax(-1)
        got = g.sampling_probs(g.penalize(x, seen, r), t, k, p, m)
        differ = ((got > 0) != (want > 0)).sum(-1)
        assert differ.max() <= (1 if p else 0)  # two ways to add up 5,000 numbers
        torch.testing.assert_close(got, want, atol=1e-3 if differ.any() else 1e-6, rtol=1e-3)


def test_each_row_draws_with_its_own_seed():
    m, ask = model('gpt'), dict(max_new_tokens=20)
    rows = g.generate(m, [[1, 2]] * 4, seed=[5, 6, 5, 7], **ask)
    assert rows[0] == rows[2] and len({tuple(r) for r in rows}) == 3
    assert rows[1] == g.generate(m, [1, 2], seed=6, **ask)[0] == list(g.stream(m, [1, 2], seed=[6], **ask))
    assert g.generate(m, [[1, 2]] * 3, seed=5, **ask)[0] == rows[0]
    many = g.generate(m, [[3]] * 300, 1, seed=0)
    with torch.no_grad():
        p = m(torch.tensor([[3]]))[0, -1].softmax(-1)
    share = torch.bincount(torch.tensor(many)[:, 0], minlength=97) / 300
    assert ((share - p).abs() <= 4.5 * (p * (1 - p) / 300).sqrt() + 1e-9).all()  # the model's distribution


def test_generation_leaves_the_model_as_it_was(split):
    m = GPTModel(GPT).train()
    before = {k: v.clone() for k, v in m.state_dict().items()}
    half_way = g.stream(m, [1, 2, 3], 10)
    next(half_way)
    assert all('forward' not in x.__dict__ and not x._forward_pre_hooks for x in m.modules())
    assert m.training and torch.is_grad_enabled() and m(torch.tensor([[1, 2]])).shape == (1, 2, 97)
    m(torch.tensor([[1, 2]]), targets=torch.tensor([[2, 3]]))[0].backward()
    assert len(list(half_way)) == 9
    assert (
        all(torch.equal(v, before[k]) for k, v in m.state_dict().items())
        and m.out_head.weight is m.tok_emb.weight
    )


def test_prompts_may_be_read_no_further_than_the_context():
    m = model('gpt')
    asked = []
    hook = m.register_forward_pre_hook(
        lambda _, args, kw: asked.append((args[0].shape, kw.get('positions'))), with_kwargs=True
    )
    try:
        new = g.generate(m, some_ids(0, (40, 2)), 100)
    finally:
        hook.remove()
    assert [len(r) for r in new] == [1, 39]
    assert asked[0][0] == (2, 40) and len(asked) == 39
    assert all(shape[1] == 1 for shape, _ in asked[1:]) and max(int(p.max()) for _, p in asked) == 39
    for bad, says in (
        ([], 'empty'),
        ([[1], []], 'prompt 1 is empty'),
        ([0] * 41, '41 tokens, but the model reads at most 40'),
    ):
        with pytest.raises(ValueError, match=says):
            g.generate(m, bad, 5)


words = st.text('ab\n猫🐕', max_size=12)


@settings(max_examples=300, deadline=None)
@given(st.lists(words, max_size=6), st.lists(st.text('ab\n猫🐕', max_size=4), max_size=3))
@example(['aab', 'aaab'], ['aaa'])
def test_stop_strings_wherever_the_pieces_are_cut(pieces, stops):
    given_so_far, shown, real = '', '', [s for s in stops if s]

    def watched():
        nonlocal given_so_far
        for p in pieces:
            given_so_far += p
            yield p

    for out in stop_at(watched(), stops):
        shown += out
        assert given_so_far.startswith(shown) and not any(s in shown for s in real)
        held = given_so_far[len(shown) :]  # everything that cannot become a stop string is out
        assert (
            any(s in given_so_far for s in real)
            or given_so_far == ''.join(pieces)
            or not held
            or any(s.startswith(held) for s in real)
        )
    whole = ''.join(pieces)
    first = min((n for n in range(len(whole) + 1) if any(s in whole[:n] for s in real)), default=None)
    if first is None:
        assert shown == whole
    else:
        assert not any(s in shown for s in real) and any(whole[len(shown) :].startswith(s) for s in real)


@cache
def tok():
    return train_bpe(
        [ENGLISH_SENTENCE, CHINESE_SENTENCE, ENGLISH_SENTENCE, CHINESE_SENTENCE, 'the dog the dog 狗在'], 300
    )


def test_streamed_text_is_whole_characters():
    text = f'{CHINESE_SENTENCE} 🐕‍🦺 naïve café {ENGLISH_SENTENCE}'
    for t in (tok(), get_tokenizer('bytes')):
        pieces = list(stop_at(t.decode_stream(t.encode(text))))
        assert ''.join(pieces) == text and '�' not in ''.join(pieces) and len(pieces) > 20
        assert ''.join(stop_at(t.decode_stream(t.encode(text)), ['树', 'zzz'])) == text[: text.index('树')]
        assert (
            ''.join(stop_at(t.decode_stream(t.encode(text)), ['\U0001f9ba']))
            == text[: text.index('\U0001f9ba')]
        )


class Parrot(torch.nn.Module):
    "Says the given ids, whatever it reads; each row from a place of its own."

    def __init__(self, ids, size):
        super().__init__()
        self.cfg, self.ids, self.reads = GPTConfig(size, 200, n_layers=1), ids, []
        self.tok_emb, self.out_head = torch.nn.Embedding(size, 1), torch.nn.Identity()

    def forward(self, tokens, *, positions=None, mask=None, cache=None):
        B, T = tokens.shape
        cache.update(0, torch.zeros(B, 1, T, 1), torch.zeros(B, 1, T, 1))
        self.reads.append(B)
        return self.out_head(
            torch.nn.functional.one_hot(
                torch.tensor([[self.ids[len(self.reads) - 1]] * T] * B), self.cfg.vocab_size
            ).float()
        )


def test_a_batch_ends_at_stop_strings_too():
    text = 'One. Two!\n猫 and the rest'
    for t in (tok(), get_tokenizer('bytes')):
        for stop in ('. T', '\n猫', '猫', ' and the r', 'absent'):
            says = Parrot([*t.encode(text), t.eot_id], t.vocab_size)
            assert (
                complete_texts(says, t, ['a', '猫b'], 100, [stop, ''], temperature=0)
                == [text.split(stop)[0]] * 2
            )
            needed = next(
                (n for n in range(99) if stop in t.decode(t.encode(text)[:n])), len(t.encode(text)) + 1
            )
            assert len(says.reads) == needed  # it did not write on in secret
            run = g.Decoding(
                Parrot([*t.encode(text), t.eot_id], t.vocab_size),
                [1],
                100,
                stop_ids=[t.eot_id],
                temperature=0,
            )
            assert ''.join(stop_at(t.decode_stream(new[0] for new in run), [stop])) == text.split(stop)[0]
            assert run.finish == ['stop' if stop == 'absent' else None]


@pytest.fixture(scope='module')
def folders(tmp_path_factory):
    "A run of ours, and a folder as Hugging Face would write it: one model with random weights."
    home = tmp_path_factory.mktemp('models')
    torch.manual_seed(0)
    m = GPTModel(GPTConfig(tok().vocab_size, 48, 16, 2, 1, 0.0))
    save_pretrained(m, home / 'run' / 'model')
    tok().save(home / 'run' / 'model')
    save_pretrained(m, home / 'plain')
    save_hf(tok(), home / 'plain')
    return home, m.eval()


def test_the_command_writes_with_both_kinds_of_folder(folders, run):
    home, m = folders
    ask = dict(temperature=0.7, stop_ids=[tok().eot_id], vocab_size=tok().vocab_size, seed=4)
    for name, start in (('run', [tok().eot_id]), ('plain', [])):
        done = run(
            'llm_book.generate',
            '--model',
            home / name,
            '--prompt',
            f'{CHINESE_SENTENCE}🐕',
            '--seed',
            '4',
            '--max_new_tokens',
            '9',
        )
        new = g.generate(m, start + tok().encode(f'{CHINESE_SENTENCE}🐕'), 9, **ask)[0]
        assert done.stdout == f'{CHINESE_SENTENCE}🐕{tok().decode(new)}\n'
        assert done.stderr in ('[9 tokens (max_new_tokens) are written]\n', '[the model ended the text]\n')


def command(capsys, *args, stdin='', monkeypatch=None):
    if monkeypatch:
        monkeypatch.setattr(sys, 'stdin', io.StringIO(stdin))
    code = run_command(generate_main, list(map(str, args)), 'llm_book.generate')
    return code, *capsys.readouterr()


def test_the_command_reads_standard_input_and_says_why_it_ended(folders, capsys, monkeypatch):
    home, m = folders
    at = '--model', home / 'plain', '--temperature', '0'
    _, typed, why = command(capsys, *at, '--prompt', 'the dog\n', '--max_new_tokens', 500)
    assert why == '[the context of 48 tokens is full]\n'
    assert (
        command(
            capsys,
            *at,
            '--prompt',
            '-',
            '--max_new_tokens',
            500,
            stdin='the dog\n\n',
            monkeypatch=monkeypatch,
        )[1]
        == typed
    )
    _, rest, _ = command(capsys, *at, '--prompt', 'the dog\n', '--max_new_tokens', 500, '--echo', 'false')
    assert typed == 'the dog\n' + rest
    stop = rest[5:8]
    cut = rest[: rest.index(stop)] + '\n'
    assert command(capsys, *at, '--prompt', 'the dog\n', '--echo=false', '--stop', stop) == (
        0,
        cut,
        '[the stop text came]\n',
    )
    several = f'["{ENGLISH_SENTENCE}", {__import__("json").dumps(stop)}]'
    assert command(capsys, *at, '--prompt', 'the dog\n', '--echo=false', '--stop', several)[1] == cut
    began = command(capsys, *at, '--max_new_tokens', 5)[1]
    assert (
        began
        == tok().decode(
            g.generate(m, [tok().eot_id], 5, temperature=0, stop_ids=[tok().eot_id], vocab_size=300)[0]
        )
        + '\n'
    )
    start = command(capsys, *at, '--prompt', 'a', '--document_start', 'true', '--max_new_tokens', 5)[1]
    ids = [tok().eot_id, *tok().encode('a')]
    assert (
        start
        == 'a'
        + tok().decode(g.generate(m, ids, 5, temperature=0, stop_ids=[tok().eot_id], vocab_size=300)[0])
        + '\n'
    )
    first = g.generate(m, tok().encode('a'), 1, temperature=0, vocab_size=300)[0]
    (home / 'plain' / 'generation_config.json').write_text(f'{{"eos_token_id": [5, {first[0]}]}}')
    try:
        assert command(capsys, *at, '--prompt', 'a') == (0, 'a\n', '[the model ended the text]\n')
    finally:
        (home / 'plain' / 'generation_config.json').unlink()


BAD = {  # arguments: what the one line of error has to say
    '--prompt=': 'the prompt is empty: without it the model begins by itself',
    f'--prompt={"dog " * 60}': 'tokens, but the model reads at most 48',
    '--top_p=0': 'top_p 0.0 is not in (0, 1]',
    '--top_p=1.01': 'is not in (0, 1]',
    '--min_p=2': 'is not in [0, 1]',
    '--top_k=0': 'top_k 0 keeps no id',
    '--top_k=2.5': 'top_k',
    '--temperature=-1': 'temperature -1.0',
    '--temperature=hot': 'temperature',
    '--repetition_penalty=0': 'repetition_penalty 0.0',
    '--max_new_tokens=0': 'max_new_tokens 0: use 1 or more',
    '--max_new_token=5': "unknown setting 'max_new_token'; did you mean 'max_new_tokens'?",
    '--stop=': 'an empty stop text',
    '--device=gpu': "no device 'gpu'",
    '--dtype=fp16': "dtype is 'fp16'",
    '--model=/no/such/folder': 'no folder /no/such/folder',
    '--model=': '--model is missing',
    '--seed=x': 'seed',
}


@pytest.mark.parametrize('arg', BAD)
def test_bad_input_is_one_clear_line(arg, folders, capsys):
    code, out, err = command(capsys, '--model', folders[0] / 'plain', '--prompt', 'a', arg)
    assert code == 2 and BAD[arg] in err and len(err.splitlines()) == 1 and not out, (out, err)


def test_models_that_cannot_be_used_are_refused(folders, capsys, tmp_path, monkeypatch):
    home, m = folders
    assert (
        'the prompt is empty'
        in command(capsys, '--model', home / 'plain', '--prompt', '-', stdin='\n', monkeypatch=monkeypatch)[2]
    )
    (tmp_path / 'config.yaml').write_text('run: x')
    assert 'is a run that has no model/ yet' in command(capsys, '--model', tmp_path)[2]
    save_pretrained(m, tmp_path / 'bare')
    assert 'holds no llm_book_tokenizer.json' in command(capsys, '--model', tmp_path / 'bare')[2]
    train_bpe([ENGLISH_SENTENCE, CHINESE_SENTENCE] * 3, 310).save(tmp_path / 'bare')
    assert 'ids, the model only 300' in command(capsys, '--model', tmp_path / 'bare')[2]
    assert '--model is missing' in command(capsys, '--prompt', 'a')[2]


def test_without_a_network_a_hub_id_is_one_clear_line(refused, tmp_path):
    assert 'no folder here' in refused(
        'llm_book.generate', '--model', 'nobody/no-such-model', HF_HOME=tmp_path
    )
