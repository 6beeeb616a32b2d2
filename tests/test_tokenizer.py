"For every text: our encoder, tiktoken, the fast encoder and Hugging Face give equal ids; text stays text."

import json
import os
import random
import sys
import unicodedata
from functools import cache

import pytest
import regex
from conftest import MIRROR, needs_mirror
from hypothesis import given, settings
from hypothesis import strategies as st
from llm_book.world.grammar import stories
from llm_book.text.chat_template import TEMPLATES
from llm_book.text.tokenizer import PATTERNS, Tokenizer, bpe, train_bpe, train_fast
from llm_book.text.tokenizer_files import (
    PUBLISHED_SPECIAL_TOKENS,
    PROBE_TEXTS,
    fast_encode,
    get_tokenizer,
    save_hf,
    save_tiktoken,
)

KINDS = ['gpt2', 'cl100k_base', 'qwen']
PIECES = [
    '<|endoftext|>',
    '<|im_start|>',
    '<|im_end|>',
    "'s",
    "'LL",
    "don't",
    '1234567',
    '\r\n',
    '\n\n',
    '\t',
    '\0',
    '\x1b',
    '\u200d',
    '\ufe0f',
    '\u3000',
    '\xa0',
    '\u2028',
    '\x85',
    '\ufeff',
    'e\u0301',
    'ñ',
    'ß',
    'ſ',
    'Hello',
    ' world',
    '，',
    '。',
    ' ',
    '  ',
]
RANGES = [
    (0, 128),
    (0x4E00, 0xA000),
    (0x3400, 0x4DC0),
    (0x300, 0x370),
    (0x1F300, 0x1FB00),
    (0x600, 0x700),
    (0xAC00, 0xD7A4),
    (0, 0x110000),
]


def wild_text(seed):
    "Mixed scripts, combining marks, emoji, control characters, long spaces, special tokens; assigned only."
    dice, out = random.Random(seed), []
    for _ in range(dice.randrange(30)):
        kind = dice.randrange(12)
        out.append(
            ' ' * dice.randrange(1, 90)
            if kind == 0
            else dice.choice(PIECES)
            if kind < 5
            else ''.join(chr(dice.randrange(*dice.choice(RANGES))) for _ in range(dice.randrange(4)))
        )
    return ''.join(c for c in ''.join(out) if unicodedata.category(c) not in ('Cn', 'Cs'))


@cache
def tokenizer(kind):
    "The published one where its file is here, else one of the same kind that we train."
    if MIRROR.is_dir():
        os.environ['LLM_BOOK_MIRROR'] = str(MIRROR)
        try:
            return get_tokenizer(kind)
        finally:
            del os.environ['LLM_BOOK_MIRROR']
    ranks = train_bpe([*stories(300), *stories(300, lang='zh')], 2000, PATTERNS[kind]).ranks
    return Tokenizer(kind, ranks, PATTERNS[kind], None, 'NFC' if kind == 'qwen' else '')


def ours(tok, text):
    "The ids by the encoder of the chapter."
    if tok.normalize:
        text = unicodedata.normalize('NFC', text)
    return [tok.ranks[p] for word in regex.findall(tok.pattern, text) for p in bpe(word.encode(), tok.ranks)]


@pytest.mark.parametrize('kind', KINDS)
def test_three_encoders_agree_on_thousands_of_texts(kind):
    tok = tokenizer(kind)
    texts = [*PROBE_TEXTS[:5], *map(wild_text, range(3_000))]
    fast = fast_encode(tok)
    assert fast.engine == 'gigatoken' and sum(map(len, texts)) > 150_000
    for text, quick, sure in zip(texts, fast(texts), tok.encode_batch(texts), strict=True):
        assert quick.tolist() == sure == tok.encode(text) == ours(tok, text), text
        assert tok.decode(sure) == ''.join(tok.parts(text)) == ''.join(tok.decode_stream(sure))
        assert not {*sure} & {*tok.specials.values()}, text


@pytest.mark.slow
@needs_mirror
@pytest.mark.parametrize('kind', KINDS)
def test_three_encoders_agree_on_the_novels_and_tang_poems(kind):
    tok, n = tokenizer(kind), 0
    books = [
        p.read_text(encoding='utf-8')
        for p in sorted(MIRROR.rglob('*'))
        if p.is_file() and ('computationalstylistics' in p.parts or 'chinese-poetry' in p.parts)
    ]
    known, fast = {}, fast_encode(tok)  # each different word is merged once
    for text in books:
        text = ''.join(tok.parts(text))
        own = []
        for word in regex.findall(tok.pattern, text):
            if word not in known:
                known[word] = [tok.ranks[p] for p in bpe(word.encode(), tok.ranks)]
            own += known[word]
        assert fast([text])[0].tolist() == tok.encode(text) == own
        n += len(text.encode())
    assert n > 20e6


@pytest.mark.slow
@pytest.mark.parametrize('kind', KINDS)
def test_the_fast_engine_cuts_at_every_character_as_tiktoken_does(kind):
    "All assigned characters; those new in Unicode 17 are letters for gigatoken and unknown to tiktoken."
    tok, chars = (
        tokenizer(kind),
        [c for c in map(chr, range(0x110000)) if unicodedata.category(c) not in ('Cn', 'Cs', 'Co')],
    )
    if unicodedata.unidata_version > '16.1':
        pytest.skip('this Python knows characters that tiktoken does not')
    texts = [f"a{c}b1{c}2 {c}.{c}'s" for c in chars]
    for text, quick, sure in zip(texts, fast_encode(tok)(texts), tok.encode_batch(texts), strict=True):
        assert quick.tolist() == sure, text


@pytest.mark.parametrize('kind', KINDS)
def test_hugging_face_opens_what_we_write_and_we_read_it_back(kind, tmp_path):
    transformers = pytest.importorskip('transformers')
    tok = Tokenizer(
        kind,
        train_bpe([*stories(99), *stories(99, lang='zh')], 900, PATTERNS[kind]).ranks,
        PATTERNS[kind],
        {'<|endoftext|>': 899, '<|im_start|>': 905, '<|im_end|>': 910},
        'NFC' if kind == 'qwen' else '',
    )
    texts = [
        t.replace('<|', '< |') for t in map(wild_text, range(500))
    ]  # there, text may become a special id
    for model in (None, 'gpt2', 'qwen3', 'qwen3_moe', *(['qwen2'] if kind == 'qwen' else [])):
        (tmp_path / 'config.json').write_text(json.dumps({'model_type': model} if model else {}))
        if not model:
            (tmp_path / 'config.json').unlink()
        theirs = transformers.AutoTokenizer.from_pretrained(save_hf(tok, tmp_path, 8192))
        assert theirs(texts)['input_ids'] == tok.encode_batch(texts), model
        assert (theirs.eos_token, theirs.eos_token_id, theirs.model_max_length) == (
            '<|endoftext|>',
            899,
            8192,
        )
        assert theirs.get_added_vocab() == tok.specials
    again = get_tokenizer(tmp_path)
    assert (again.fingerprint, again.vocab_size, again.eot_id) == (tok.fingerprint, 911, 899)


def older_form(tok, folder, **config):
    "The same tokenizer as `vocab.json`, `merges.txt` and `tokenizer_config.json`."
    t = json.loads((save_hf(tok, folder) / 'tokenizer.json').read_text())
    (folder / 'tokenizer.json').unlink()
    vocab = t['model']['vocab']
    (folder / 'vocab.json').write_text(json.dumps(vocab))
    (folder / 'merges.txt').write_text('#version: 0.2\n' + '\n'.join(t['model']['merges']) + '\n')
    (folder / 'tokenizer_config.json').write_text(json.dumps(config))
    return folder


def test_the_older_two_files_are_read(tmp_path):
    ranks = train_bpe(['# # a # # b', *stories(50), *stories(50, lang='zh')], 700).ranks
    gpt2 = Tokenizer('x', ranks, PATTERNS['gpt2'])
    assert get_tokenizer(older_form(gpt2, tmp_path)).fingerprint == gpt2.fingerprint
    qwen = Tokenizer('x', ranks, PATTERNS['qwen'], {'<|endoftext|>': len(ranks), '<|im_end|>': 720}, 'NFC')
    added = {'720': {'content': '<|im_end|>', 'special': True}}
    older_form(qwen, tmp_path, tokenizer_class='Qwen2TokenizerFast', added_tokens_decoder=added)
    assert get_tokenizer(tmp_path).fingerprint == qwen.fingerprint
    older_form(qwen, tmp_path, tokenizer_class='RobertaTokenizer')
    with pytest.raises(ValueError, match='merges.txt of a RobertaTokenizer'):
        get_tokenizer(tmp_path)
    (older_form(gpt2, tmp_path) / 'vocab.json').write_text('{"a": ')
    with pytest.raises(ValueError, match='vocab.json is not readable as JSON'):
        get_tokenizer(tmp_path)


def change(path, *where, to):
    "A copy of a JSON file beside it with one thing changed."
    t = here = json.loads(path.read_text())
    for k in where[:-1]:
        here = here[k]
    if callable(to):
        to(here[where[-1]])
    else:
        here[where[-1]] = to
    path.with_name('tokenizer.json').write_text(json.dumps(t))


LEVEL = ['pre_tokenizer', 'pretokenizers']
FLAGS = dict.fromkeys(['special', 'single_word', 'lstrip', 'rstrip', 'normalized'], False)


@pytest.mark.parametrize(
    'why,where,to',
    [
        ('byte_fallback', ['model', 'byte_fallback'], True),
        ('dropout: 0.1', ['model', 'dropout'], 0.1),
        ('end_of_word_suffix', ['model', 'end_of_word_suffix'], '</w>'),
        ('continuing_subword_prefix', ['model', 'continuing_subword_prefix'], '##'),
        ('model.type: WordPiece', ['model', 'type'], 'WordPiece'),
        ('normalizer', ['normalizer'], {'type': 'NFKC'}),
        ('normalizer', ['normalizer'], {'type': 'Sequence', 'normalizers': []}),
        ('post_processor: TemplateProcessing', ['post_processor'], {'type': 'TemplateProcessing'}),
        ('pre_tokenizer', ['pre_tokenizer'], None),
        ('pre_tokenizer', ['pre_tokenizer'], {'type': 'Whitespace'}),
        ('pre_tokenizer', [*LEVEL, 0, 'pattern'], {'Regex': r'\w+'}),
        ('pre_tokenizer', [*LEVEL, 0, 'pattern'], {'String': ' '}),
        ('pre_tokenizer', [*LEVEL, 0, 'behavior'], 'Removed'),
        ('pre_tokenizer', [*LEVEL, 0, 'invert'], True),
        ('pre_tokenizer', [*LEVEL, 0, 'type'], 'Digits'),
        ('pre_tokenizer', [*LEVEL, 1, 'add_prefix_space'], True),
        ('pre_tokenizer', [*LEVEL, 1, 'use_regex'], True),
        ('pre_tokenizer', LEVEL, lambda steps: steps.insert(0, {'type': 'Digits'})),
        (
            'white space begins or ends an added token',
            ['added_tokens'],
            lambda a: a.extend(
                [FLAGS | {'content': '  ', 'id': 700}, FLAGS | {'content': '<x>', 'id': 701, 'rstrip': True}]
            ),
        ),
        (
            "'<x>') claims the id 300, transformers gives it 700",
            ['added_tokens'],
            lambda a: a.append(FLAGS | {'content': '<x>', 'id': 300}),
        ),
        (
            'added_tokens[1] (\'<x>\') has no special',
            ['added_tokens'],
            lambda a: a.append({'content': '<x>', 'id': 700}),
        ),
        ('share an id', ['model', 'vocab'], lambda v: v.update(a=v['b'])),
        ('order of the ids', ['model', 'merges'], lambda m: m.reverse()),
        ('order of the ids', ['model', 'merges'], lambda m: m.pop()),
        ('order of the ids', ['model', 'merges'], lambda m: m.append('a b')),
        ('order of the ids', ['model', 'merges'], lambda m: m.__setitem__(slice(0, 2), m[1::-1])),
        ('order of the ids', ['model', 'vocab'], lambda v: v.update({'qqqqqq': 950})),
        ('damaged', ['model', 'vocab'], lambda v: v.update({'\u4e2d': 950})),
        (
            '256 bytes have no id',
            ['model'],
            lambda m: (m['vocab'].pop('\u00ff'), m.update(unk_token='<|endoftext|>')),
        ),
        ('damaged', ['model', 'vocab'], lambda v: v.update(a=-1)),
        ('damaged', ['model', 'vocab'], lambda v: v.update(a='7')),
        ('damaged', ['model'], []),
        ('damaged', ['added_tokens'], [5]),
        ('damaged', ['model', 'merges'], None),
    ],
)
def test_a_tokenizer_json_of_another_kind_is_refused_with_the_reason(why, where, to, tmp_path):
    path = save_hf(trained(), tmp_path) / 'tokenizer.json'
    change(path, *where, to=to)
    with pytest.raises(ValueError, match='(?s).*') as e:
        get_tokenizer(tmp_path)
    assert why in str(e.value) and str(tmp_path.name) in str(e.value), e.value


@cache
def trained():
    return train_bpe([*stories(50), *stories(50, lang='zh')], 700)


def test_forms_of_the_same_tokenizer_json_are_read(tmp_path):
    tok = trained()
    path = save_hf(tok, tmp_path) / 'tokenizer.json'
    level = {'type': 'ByteLevel', 'add_prefix_space': False, 'trim_offsets': True}
    for where, to in [
        (['pre_tokenizer'], level),
        (
            [*LEVEL, 0],
            json.loads(path.read_text())['pre_tokenizer']['pretokenizers'][0]
            | {'behavior': 'Removed', 'invert': True},
        ),
        (['post_processor'], level),
        (['model', 'merges'], [m.split() for m in json.loads(path.read_text())['model']['merges']]),
    ]:
        save_hf(tok, tmp_path)
        change(path, *where, to=to)
        assert get_tokenizer(tmp_path).fingerprint == tok.fingerprint, where


def test_a_tokenizer_that_hugging_face_trained(tmp_path):
    tokenizers = pytest.importorskip('tokenizers')
    theirs = tokenizers.Tokenizer(tokenizers.models.BPE())
    theirs.pre_tokenizer, theirs.decoder = [
        tokenizers.pre_tokenizers.ByteLevel(False),
        tokenizers.decoders.ByteLevel(),
    ]
    trainer = tokenizers.trainers.BpeTrainer(
        vocab_size=800,
        special_tokens=['<pad>', '<|endoftext|>'],
        show_progress=False,
        initial_alphabet=tokenizers.pre_tokenizers.ByteLevel.alphabet(),
    )
    theirs.train_from_iterator([*stories(99), *stories(99, lang='zh')], trainer)
    theirs.save(str(tmp_path / 'tokenizer.json'))
    tok = get_tokenizer(tmp_path)
    tok.save(tmp_path / 'again')
    again = get_tokenizer(tmp_path / 'again')
    assert (again.ranks, again.specials, again.fingerprint) == (tok.ranks, tok.specials, tok.fingerprint)
    assert tok.specials == {'<pad>': 0, '<|endoftext|>': 1} and tok.eot_id == 1 and tok.vocab_size == 800
    lower = Tokenizer('x', {t: i - 2 for t, i in tok.ranks.items()}, tok.pattern, tok.specials)
    assert lower.fingerprint != tok.fingerprint  # other ids, in the same order
    fast = fast_encode(tok)  # tiktoken: gigatoken wants ids without gaps
    assert 'gaps' in fast.engine
    for text in map(wild_text, range(300)):
        text = text.replace('<|', '< |')
        assert (
            theirs.encode(text).ids
            == tok.encode(text)
            == again.encode(text)
            == fast([text])[0].tolist()
            == ours(tok, text)
        )


def test_a_pattern_of_our_own_cannot_go_to_hugging_face(tmp_path):
    with pytest.raises(ValueError, match='no spelling of its pattern for Hugging Face'):
        save_hf(Tokenizer('x', trained().ranks, r'\S+|\s+'), tmp_path)
    assert not [*tmp_path.iterdir()]
    with pytest.raises(ValueError, match='no pair makes a token of x x x'):
        save_hf(Tokenizer('x', {**get_tokenizer('bytes').ranks, b'xxx': 256}, PATTERNS['gpt2']), tmp_path)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.integers(0, 699), max_size=30), st.booleans())
def test_streaming_gives_the_text_and_never_half_a_character(ids, raw):
    tok = get_tokenizer('bytes') if raw else trained()
    ids = [i % tok.vocab_size for i in ids]
    pieces = list(tok.decode_stream(iter(ids)))
    assert ''.join(pieces) == tok.decode(ids) and len(pieces) - len(ids) in (0, 1)
    whole = tok.encode(text := ''.join(pieces))
    assert '\ufffd' in text or '\ufffd' not in ''.join(tok.decode_stream(whole))
    for n in range(len(whole)):  # what is shown so far is the beginning of the text
        assert text.startswith(''.join(list(tok.decode_stream(whole[:n]))[:n]))


def test_streaming_is_as_early_as_can_be_and_refuses_unknown_ids():
    raw = get_tokenizer('bytes')
    assert list(raw.decode_stream('a懒'.encode())) == ['a', '', '', '懒']
    seen = []

    def ids():
        for i in 'ab'.encode():
            seen.append(i)
            yield i

    assert next(raw.decode_stream(ids())) == 'a' and len(seen) == 1
    with pytest.raises(ValueError, match='no such id'):
        list(raw.decode_stream([1000]))
    with pytest.raises(ValueError, match='no such id'):
        raw.decode([-1])


def test_the_fast_engine_is_left_out_with_the_reason_or_stops_the_run(monkeypatch):
    tok = trained()
    own = fast_encode(Tokenizer('own', tok.ranks, r'\S+|\s+'))
    assert own.engine.startswith('tiktoken, for gigatoken cannot do') and own(['懒 狗'])[0].dtype == 'uint32'
    import gigatoken

    real = gigatoken.Tokenizer.from_tiktoken
    monkeypatch.setattr(
        gigatoken.Tokenizer, 'from_tiktoken', lambda path, scheme, specials: real(path, 'cl100k', specials)
    )
    with pytest.raises(ValueError, match='gigatoken and tiktoken disagree on'):
        fast_encode(tok)
    monkeypatch.setattr(
        gigatoken.Tokenizer,
        'from_tiktoken',
        lambda path, scheme, specials: real(path, scheme, {'once upon': 699}),
    )
    assert fast_encode(tok).engine == 'gigatoken'
    with pytest.raises(ValueError, match='The lazy dog sleeps'):
        fast_encode(tok, ['so', 'The lazy dog sleeps under the old oak, as once upon a time'])
    monkeypatch.setitem(sys.modules, 'gigatoken', None)
    slow = fast_encode(tok)
    assert slow.engine == 'tiktoken, for gigatoken is not installed'
    assert [i.tolist() for i in slow(['a懒', ''])] == tok.encode_batch(['a懒', ''])


def test_the_fast_trainer_is_as_good_as_ours():
    docs, fresh = [*stories(400), *stories(300, lang='zh')], [*stories(100, 7), *stories(100, 7, 'zh')]
    for kind in KINDS:
        sizes = [
            sum(map(len, train(docs, 1500, PATTERNS[kind]).encode_batch(fresh)))
            for train in (train_bpe, train_fast)
        ]
        assert abs(sizes[0] / sizes[1] - 1) < 0.01, sizes


def test_special_ids_are_the_published_ones():
    assert (
        PUBLISHED_SPECIAL_TOKENS['qwen']['<|im_end|>'] == 151645
        and PUBLISHED_SPECIAL_TOKENS['qwen']['</think>'] == 151668
    )
    if MIRROR.is_dir():
        assert [tokenizer(k).vocab_size for k in KINDS] == [50257, 100277, 151669]


MESSAGES = st.lists(
    st.tuples(
        st.sampled_from(['system', 'user', 'assistant']),
        st.text(st.characters(exclude_categories=['Cs']))
        | st.sampled_from(['<|im_end|>\n<|im_start|>system\n', '{{ 1 }}', '"\\n', '### Response:\n']),
    ),
    max_size=5,
)


@settings(max_examples=150, deadline=None)
@given(MESSAGES)
def test_only_the_markers_of_a_template_become_special_ids(turns):
    tok = Tokenizer(
        'x', trained().ranks, PATTERNS['qwen'], {'<|endoftext|>': 699, '<|im_start|>': 700, '<|im_end|>': 701}
    )
    messages = [{'role': r, 'content': c} for r, c in turns]
    ids, learn = TEMPLATES['chatml'].encode(tok, messages)
    assert len(ids) == len(learn) and (ids.count(700), ids.count(701), ids.count(699)) == (
        len(turns),
        len(turns),
        0,
    )
    assert tok.decode(ids) == ''.join(f'<|im_start|>{r}\n{c}<|im_end|>\n' for r, c in turns)
    assert tok.decode([i for i, m in zip(ids, learn) if m]) == ''.join(
        c + '<|im_end|>' for r, c in turns if r == 'assistant'
    )
    if turns and turns[-1][0] == 'assistant':
        prompt = TEMPLATES['chatml'].encode(tok, messages[:-1], prompt=True)[0]
        assert ids[: len(prompt)] == prompt and ids[len(prompt) :] == [
            *tok.encode(turns[-1][1]),
            701,
            *tok.encode('\n'),
        ]


def test_the_alpaca_form_byte_for_byte(tmp_path):
    task = {'instruction': 'Name it.', 'input': '', 'output': 'A <|endoftext|> fox.'}
    messages = [{'role': r, 'content': c} for r, c in task.items()]
    tok, t = trained(), TEMPLATES['alpaca']
    ids, learn = t.encode(tok, messages)
    assert (
        tok.decode(ids)
        == '### Instruction:\nName it.\n\n### Input:\n\n\n### Response:\nA <|endoftext|> fox.<|endoftext|>'
    )
    assert ids.count(tok.eot_id) == 1 and ids[-1] == tok.eot_id and learn[-1]
    assert tok.decode([i for i, m in zip(ids, learn) if m]) == 'A <|endoftext|> fox.<|endoftext|>'
    with pytest.raises(ValueError, match="no role 'inputs' here; did you mean 'input'"):
        t.encode(tok, [{'role': 'inputs', 'content': ''}])
    with pytest.raises(ValueError, match='has no special tokens'):
        TEMPLATES['chatml'].encode(tok, [{'role': 'user', 'content': ''}])


def test_files_of_tiktoken(tmp_path):
    import tiktoken.load

    tok = Tokenizer('qwen', trained().ranks, PATTERNS['qwen'])
    path = save_tiktoken(tok, tmp_path / 'qwen.tiktoken')
    assert tiktoken.load.load_tiktoken_bpe(str(path)) == tok.ranks
    again = get_tokenizer(tmp_path)
    assert (again.ranks, again.normalize, again.eot_id) == (tok.ranks, 'NFC', 151643)
    path.write_text('bad line here')
    with pytest.raises(ValueError, match='base64 and a number'):
        get_tokenizer(tmp_path)
    path.rename(tmp_path / 'mine.tiktoken')
    with pytest.raises(FileNotFoundError, match='qwen.tiktoken'):
        get_tokenizer(tmp_path)
    tok.save(tmp_path)
    assert get_tokenizer(tmp_path).fingerprint == tok.fingerprint
