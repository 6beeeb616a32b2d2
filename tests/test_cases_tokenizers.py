"Published tokenizers: case T01 of issue 20, folders that transformers wrote, hostile files."

import copy
import json
import random
from functools import cache

import pytest
from hypothesis import given, settings, strategies as st
from test_tokenizer import wild_text

from llm_book.data.conversations import SFTDataset, with_special_tokens
from llm_book.data.jobs import Job, Options, UnitReport
from llm_book.text.chat_template import TEMPLATES
from llm_book.text.hf_files import LLAMA3_PATTERN as LLAMA3, bytes_to_chars, eos_note, load_hf
from llm_book.text.hf_tokenizer import HFTokenizer, UnknownByte, encode_marked
from llm_book.text.tokenizer import PATTERNS, Tokenizer, train_bpe
from llm_book.text.tokenizer_files import fast_encode, get_tokenizer, hf_json, save_hf
from llm_book.world.grammar import stories

tokenizers = pytest.importorskip('tokenizers')
transformers = pytest.importorskip('transformers')
AddedToken = tokenizers.AddedToken
MARKS = ['<|endoftext|>', '<|im_start|>', '<|im_end|>', '[PAD]', '<s>']
TEXTS = [
    '<think>hm</think> ok',
    '深度学习很好',
    'a lazy dog',
    '<|im_end|>\n<|im_start|>system',
    ' [PAD] <s>x</s>',
    '',
    ' ',
    '\n\n<think>\n',
]


@cache
def trained(pattern):
    return train_bpe([*stories(60), *stories(60, lang='zh')], 600, pattern)


def library(pattern='gpt2', form=''):
    "A tokenizer of the library `tokenizers`, of a vocabulary that we trained."
    pattern = {'llama3': LLAMA3}.get(pattern) or PATTERNS[pattern]
    base = trained(pattern)
    return tokenizers.Tokenizer.from_str(json.dumps(hf_json(Tokenizer('x', base.ranks, pattern, None, form))))


def saved(folder, theirs, **more):
    "The folder that `AutoTokenizer.save_pretrained` leaves, and the tokenizer that it opens."
    transformers.PreTrainedTokenizerFast(
        tokenizer_object=theirs, eos_token='<|endoftext|>', **more
    ).save_pretrained(folder)
    return transformers.AutoTokenizer.from_pretrained(folder)


def same_ids(ours, theirs, texts):
    "As text, where special tokens stay letters, and as a program wrote it; there and back."
    for text in texts:
        assert (
            ours.encode(text) == theirs(text, add_special_tokens=False, split_special_tokens=True).input_ids
        ), text
        assert not {*ours.encode(text)} & {*ours.specials.values()}, text
        ids = encode_marked(ours, text)[0]
        assert ids == theirs(text, add_special_tokens=False).input_ids, text
        assert ours.decode(ids) == theirs.decode(ids), text


def test_t01_words_that_users_added(tmp_path):
    t = tokenizers.Tokenizer(tokenizers.models.BPE())
    t.pre_tokenizer = tokenizers.pre_tokenizers.ByteLevel(add_prefix_space=False)
    t.decoder = tokenizers.decoders.ByteLevel()
    trainer = tokenizers.trainers.BpeTrainer(
        vocab_size=400,
        special_tokens=MARKS[:3],
        show_progress=False,
        initial_alphabet=tokenizers.pre_tokenizers.ByteLevel.alphabet(),
    )
    t.train_from_iterator(['The lazy dog sleeps. ' * 3, '深度学习很好'] * 4, trainer)
    t.add_tokens(
        [
            AddedToken('<think>', special=False, normalized=False),
            AddedToken('</think>', special=False, normalized=False),
            '深度学习',
        ]
    )
    t.save(str(tmp_path / 'tokenizer.json'))
    ours = get_tokenizer(tmp_path)
    for text in TEXTS[:3]:
        assert ours.encode(text) == t.encode(text).ids
    assert ours.encode_batch(TEXTS) == [ours.encode(text) for text in TEXTS]
    assert [a.special for a in ours.added] == [True] * 3 + [False] * 3  # the flag is kept
    assert ours.vocab_size == t.get_vocab_size() and ours.decode(ours.encode(TEXTS[0])) == TEXTS[0]


@pytest.mark.parametrize('pattern,form', [('gpt2', ''), ('qwen', 'NFC'), ('cl100k_base', ''), ('llama3', '')])
def test_a_folder_saved_by_transformers(pattern, form, tmp_path):
    theirs = library(pattern, form)
    theirs.add_special_tokens(
        [
            AddedToken('<|im_start|>', normalized=False),
            AddedToken('<|im_end|>', rstrip=True, normalized=False),
        ]
    )
    theirs.add_tokens(
        [
            AddedToken('<think>', normalized=False),
            AddedToken('lazy dog', single_word=True),
            '深度学习',
            AddedToken('</s>', lstrip=True),
        ]
    )
    theirs = saved(tmp_path, theirs, pad_token='[PAD]', bos_token='<s>')
    post = json.loads((tmp_path / 'tokenizer.json').read_text())['post_processor']
    assert post['type'] == 'TemplateProcessing'  # an identity: written into every folder
    ours = get_tokenizer(tmp_path)
    same_ids(ours, theirs, [*TEXTS, *map(wild_text, range(300))])
    assert (ours.specials['[PAD]'], ours.specials['<s>'], ours.eot_id, ours.prefix) == (
        theirs.pad_token_id,
        theirs.bos_token_id,
        theirs.eos_token_id,
        [],
    )
    assert ours.vocab_size == len(theirs)
    for kind in (
        ('GPT2Tokenizer', 'Qwen2Tokenizer') if pattern in ('gpt2', 'qwen') else ()
    ):  # as the folders of those models say
        config = json.loads((tmp_path / 'tokenizer_config.json').read_text()) | {'tokenizer_class': kind}
        if (kind == 'GPT2Tokenizer') == (pattern == 'gpt2'):
            (tmp_path / 'tokenizer_config.json').write_text(json.dumps(config))
            same_ids(get_tokenizer(tmp_path), transformers.AutoTokenizer.from_pretrained(tmp_path), TEXTS)


def test_text_that_begins_with_a_token_and_lists_of_all_merges(tmp_path):
    "Llama 3's form: whole words first, all ways to split a token among the merges, a token before each text."
    theirs = json.loads(library('llama3').to_str())
    ranks = trained(LLAMA3).ranks
    splits = [
        (a, b, ranks[a + b])
        for t in ranks
        for n in range(1, len(t))
        if (a := t[:n]) in ranks and (b := t[n:]) in ranks
    ]
    theirs['model'] |= {
        'ignore_merges': True,
        'merges': [[bytes_to_chars(a), bytes_to_chars(b)] for a, b, _ in sorted(splits, key=lambda s: s[2])],
    }
    assert len(theirs['model']['merges']) > len(ranks) - 256
    t = tokenizers.Tokenizer.from_str(json.dumps(theirs))
    t.add_special_tokens(['<|begin_of_text|>', '<|end_of_text|>', '<|eot_id|>'])
    first = t.token_to_id('<|begin_of_text|>')
    t.post_processor = tokenizers.processors.Sequence(
        [
            tokenizers.processors.ByteLevel(trim_offsets=False),
            tokenizers.processors.TemplateProcessing(
                single='<|begin_of_text|> $A', special_tokens=[('<|begin_of_text|>', first)]
            ),
        ]
    )
    transformers.PreTrainedTokenizerFast(
        tokenizer_object=t, eos_token='<|eot_id|>', bos_token='<|begin_of_text|>'
    ).save_pretrained(tmp_path)
    theirs, ours = transformers.AutoTokenizer.from_pretrained(tmp_path), get_tokenizer(tmp_path)
    same_ids(ours, theirs, [*TEXTS, *map(wild_text, range(200))])
    assert ours.prefix + ours.encode('Hi') == theirs('Hi').input_ids and ours.prefix == [first]
    assert ours.eot_id == ours.specials['<|endoftext|>']


def test_tokens_that_only_the_settings_name(tmp_path):
    theirs = library('qwen', 'NFC')
    theirs.save(str(tmp_path / 'tokenizer.json'))
    n = theirs.get_vocab_size()
    flags = dict.fromkeys(['lstrip', 'rstrip', 'single_word', 'normalized'], False)
    decoder = {
        str(n): {'content': '<think>', 'special': False} | flags,
        str(n + 1): {'content': '<|im_end|>', 'special': True} | flags,
    }
    for config in (
        {'added_tokens_decoder': decoder, 'eos_token': '<|im_end|>', 'pad_token': '<|endoftext|>'},
        {'eos_token': '</s>', 'additional_special_tokens': ['<a>', '<b>']},
        {
            'eos_token': {'__type': 'AddedToken', 'content': '</s>', 'special': True}
            | flags
            | {'lstrip': True}
        },
        {'bos_token': '<s>', 'extra_special_tokens': {'image_token': '<image>'}},
    ):
        (tmp_path / 'tokenizer_config.json').write_text(
            json.dumps({'tokenizer_class': 'PreTrainedTokenizerFast'} | config)
        )
        same_ids(
            get_tokenizer(tmp_path),
            transformers.AutoTokenizer.from_pretrained(tmp_path),
            [*TEXTS, 'a <image><a>b', 'x </s>y'],
        )
    (tmp_path / 'tokenizer_config.json').write_text(
        json.dumps({'added_tokens_decoder': {str(n + 5): decoder[str(n)]}})
    )
    with pytest.raises(ValueError, match=f"'<think>'\\) claims the id {n + 5}, transformers gives it {n}"):
        get_tokenizer(tmp_path)


def test_an_older_folder_with_added_words(tmp_path):
    t = json.loads(library('gpt2').to_str())
    (tmp_path / 'vocab.json').write_text(json.dumps(t['model']['vocab']))
    (tmp_path / 'merges.txt').write_text(
        '#version: 0.2\n'
        + '\n'.join(' '.join(m) if isinstance(m, list) else m for m in t['model']['merges'])
        + '\n'
    )
    n = len(t['model']['vocab'])
    (tmp_path / 'added_tokens.json').write_text(json.dumps({'<think>': n, '[PAD]': n + 1}))
    (tmp_path / 'special_tokens_map.json').write_text(
        json.dumps({'pad_token': '[PAD]', 'eos_token': '<|endoftext|>'})
    )
    (tmp_path / 'tokenizer_config.json').write_text(json.dumps({'tokenizer_class': 'GPT2Tokenizer'}))
    ours = get_tokenizer(tmp_path)
    same_ids(ours, transformers.AutoTokenizer.from_pretrained(tmp_path), TEXTS)
    assert ours.specials.keys() == {'<|endoftext|>', '[PAD]'}


@pytest.mark.parametrize(
    'text,byte',
    [('a\x04b', '04'), (' \x04.', '04'), ('懒\U00050000x', 'F1'), ('\x04', '04'), ('ok\n\x04', '04')],
)
def test_a_byte_without_a_token_is_named(text, byte, tmp_path):
    t = json.loads(library('gpt2').to_str())
    for gone in (b'\x04', b'\xf1'):
        t['model']['vocab'].pop(bytes_to_chars(gone))
    (tmp_path / 'tokenizer.json').write_text(json.dumps(t))
    ours, theirs = get_tokenizer(tmp_path), tokenizers.Tokenizer.from_str(json.dumps(t))
    for how in (ours.encode, lambda text: encode_marked(ours, text), lambda text: ours.encode_batch([text])):
        with pytest.raises(
            UnknownByte, match=f'{tmp_path.name}: no token for the byte 0x{byte}, in the last'
        ) as e:
            how(text)
        assert '\n' not in str(e.value)
    for text in map(wild_text, range(100)):
        text = text.replace('<|', '< |').translate({4: None} | dict.fromkeys(range(0x40000, 0x80000)))
        assert ours.encode(text) == theirs.encode(text).ids, text
    t['model']['unk_token'] = '<|endoftext|>'
    (tmp_path / 'tokenizer.json').write_text(json.dumps(t))
    with pytest.raises(
        ValueError, match='2 of the 256 bytes have no id, and model.unk_token takes their place'
    ):
        get_tokenizer(tmp_path)


def test_documents_with_such_a_byte_are_counted(tmp_path):
    t = json.loads(library('gpt2').to_str())
    t['model']['vocab'].pop(bytes_to_chars(b'\x04'))
    (tmp_path / 'tokenizer.json').write_text(json.dumps(t))
    ours = get_tokenizer(tmp_path)
    lines = [json.dumps({'text': f'{"a" * 20} {i} {chr(4) * (i == 7)}'}) for i in range(20)]
    (tmp_path / 'some.jsonl').write_text('\n'.join(lines))
    report = UnitReport()
    job = Job(tmp_path / 'some.jsonl', tmp_path / 'out', ours, Options())
    assert len([*job.iter_documents(0, report)]) == 19
    assert report.skipped == {'no token for the byte 0x04': {'count': 1, 'places': [[0, 8]]}}
    rows = [(f'q:{i}', messages_of(f'a{chr(4) * (i == 1)}')) for i in range(3)]
    found = SFTDataset(rows, TEMPLATES['alpaca'], ours, 64)
    assert len(found) == 2 and [*found.report.faults] == ['no token for the byte 0x04']


def messages_of(answer):
    return [{'role': 'instruction', 'content': 'q'}, {'role': 'output', 'content': answer}]


def test_where_no_token_ends_a_text(tmp_path):
    t = json.loads(library('gpt2').to_str())
    t['added_tokens'][0]['content'] = '<pad>'
    t['model']['vocab']['<pad>'] = t['model']['vocab'].pop('<|endoftext|>')
    (tmp_path / 'tokenizer.json').write_text(json.dumps(t))
    with pytest.raises(ValueError, match='no token ends a text: name one in .* special tokens there: <pad>$'):
        get_tokenizer(tmp_path)
    for eos, i in (
        ('<pad>', 0),
        ('<|endoftext|>', 1),
    ):  # one that is there, one that is new: as in transformers
        (tmp_path / 'tokenizer_config.json').write_text(json.dumps({'eos_token': eos}))
        ours, theirs = get_tokenizer(tmp_path), transformers.AutoTokenizer.from_pretrained(tmp_path)
        assert (ours.eot_id, ours.vocab_size) == (theirs.eos_token_id, len(theirs)), eos


def test_an_eos_token_that_ends_no_document_is_told(tmp_path):
    saved(tmp_path, library('gpt2'))
    assert eos_note(tmp_path, get_tokenizer(tmp_path)) == ''
    config = json.loads((tmp_path / 'tokenizer_config.json').read_text())
    for eos, says in (
        ('<gone>', ", which the vocabulary lacks (--eot_id {} takes that)"),
        ('<|im_end|>', ' (--eot_id {} takes that)'),
    ):
        if eos != '<gone>':
            theirs = library('gpt2')
            theirs.add_special_tokens([AddedToken(eos, special=True)])
            theirs.save(str(tmp_path / 'tokenizer.json'))
        (tmp_path / 'tokenizer_config.json').write_text(json.dumps(config | {'eos_token': eos}))
        tok = get_tokenizer(tmp_path)
        said = f"documents end with '<|endoftext|>' ({tok.eot_id}), not with eos_token {eos!r}"
        assert eos_note(tmp_path, tok) == said + says.format(tok.specials[eos])


SPM_BYTES = [f'<0x{b:02X}>' for b in range(256)]


@cache
def sentencepiece(prepend=True, joined=False):
    "A tokenizer like Llama 2's, as JSON; `joined`: some merges join a letter and a space after it."
    t = tokenizers.Tokenizer(tokenizers.models.BPE(unk_token='<unk>', byte_fallback=True, fuse_unk=True))
    form, back = tokenizers.normalizers, tokenizers.decoders
    t.normalizer = form.Sequence([form.Prepend('▁')] * prepend + [form.Replace(' ', '▁')])
    strip = [back.Strip(' ', 1, 0)] * prepend
    t.decoder = back.Sequence([back.Replace('▁', ' '), back.ByteFallback(), back.Fuse(), *strip])
    if not joined:
        t.pre_tokenizer = tokenizers.pre_tokenizers.Split('▁', 'merged_with_next')
    texts = [*stories(20), *stories(20, lang='zh'), 'def f(x):\n    return  x\n', '   a   b ', 'eee ee eeee']
    trainer = tokenizers.trainers.BpeTrainer(
        vocab_size=900, special_tokens=['<unk>', '<s>', '</s>', *SPM_BYTES], show_progress=False
    )
    t.train_from_iterator(texts, trainer)
    t.post_processor = tokenizers.processors.TemplateProcessing(single='<s> $A', special_tokens=[('<s>', 1)])
    told = json.loads(t.to_str()) | {'pre_tokenizer': None}
    told['added_tokens'] = told['added_tokens'][:3]
    return told


SPM_PARTS = st.sampled_from(
    [*' ▁e\0\x04\n\t4.Ω懒狗🦊ﬁ\u3000\xa0\ufffd\U00050000', '  ', 'the', ' dog', 'ee', '深度', 'e\u0301', 'ZQ']
    + ['🐕\u200d🦺', '<0x0A>', '</s>', '<s>', '<think>']
)


@pytest.mark.parametrize('prepend,joined', [(True, False), (True, True), (False, False)])
def test_byte_fallback_gives_the_ids_of_tokenizers(prepend, joined, tmp_path):
    told = copy.deepcopy(sentencepiece(prepend, joined))
    think = {'id': len(told['model']['vocab']), 'content': '<think>', 'special': False, 'normalized': False}
    told['added_tokens'].append(think | dict.fromkeys(('single_word', 'lstrip', 'rstrip'), False))
    (tmp_path / 'tokenizer.json').write_text(json.dumps(told))
    (tmp_path / 'tokenizer_config.json').write_text(json.dumps({'eos_token': '</s>', 'bos_token': '<s>'}))
    ours, theirs = get_tokenizer(tmp_path), tokenizers.Tokenizer.from_str(json.dumps(told))
    assert (ours.eot_id, ours.prefix, ours.vocab_size) == (2, [1], theirs.get_vocab_size())
    assert any(a[-1] != '▁' and b[0] == '▁' for a, b in told['model']['merges']) == joined

    @settings(max_examples=200, deadline=None)
    @given(st.lists(SPM_PARTS, max_size=14).map(''.join) | st.text(max_size=30))
    def check(text):
        theirs.encode_special_tokens = True
        ids = theirs.encode(text, add_special_tokens=False).ids
        assert ours.encode(text) == ids and ours.encode_batch([text, text]) == [ids, ids]
        if '</s>' not in text and '<s>' not in text:
            assert ours.decode(ids) == theirs.decode(ids, skip_special_tokens=False)
        if '▁' not in text and '<' not in text:
            assert ours.decode(ids) == text
        theirs.encode_special_tokens = False
        assert encode_marked(ours, text)[0] == theirs.encode(text, add_special_tokens=False).ids

    check()
    for text in (*stories(5, seed=9), *stories(5, lang='zh', seed=9), '懒' * 5000, ' ' * 3000, 'e' * 4001):
        assert ours.encode(text) == theirs.encode(text, add_special_tokens=False).ids


def test_masks_of_byte_fallback_are_those_of_offsets(tmp_path):
    (tmp_path / 'tokenizer.json').write_text(json.dumps(sentencepiece()))
    (tmp_path / 'tokenizer_config.json').write_text(json.dumps({'eos_token': '</s>'}))
    ours, theirs = get_tokenizer(tmp_path), tokenizers.Tokenizer.from_str(json.dumps(sentencepiece()))
    text = '<s>ask the dog</s>the 懒狗 🦊 ran.</s>'
    for begin in range(len(text)):
        for end in range(begin + 1, len(text) + 1):
            made = theirs.encode(text, add_special_tokens=False)
            wanted = [a < end and b > begin for a, b in made.offsets]
            assert encode_marked(ours, text, [(begin, end)]) == (made.ids, wanted), (begin, end)


def test_a_byte_fallback_folder_lives_as_others_do(tmp_path):
    (tmp_path / 'tokenizer.json').write_text(json.dumps(sentencepiece()))
    (tmp_path / 'tokenizer_config.json').write_text(json.dumps({'eos_token': '</s>'}))
    ours = get_tokenizer(tmp_path)
    assert get_tokenizer(ours.save(tmp_path / 'again')).fingerprint == ours.fingerprint
    more = with_special_tokens(ours, TEMPLATES['chatml'])
    again = get_tokenizer(save_hf(more, tmp_path / 'more', 64))
    assert (again.fingerprint, again.specials) == (more.fingerprint, more.specials)
    assert more.fingerprint != ours.fingerprint and more.encode('a<|im_end|>') == ours.encode('a<|im_end|>')
    fast = fast_encode(ours)
    assert fast.engine.startswith('tiktoken') and fast(['懒狗 a'])[0].tolist() == ours.encode('懒狗 a')
    assert b''.join(ours.tokens[i] for i in ours.encode('懒狗 a')) == ' 懒狗 a'.encode()
    for odd in (-1, ours.vocab_size):
        with pytest.raises(ValueError, match='no such id'):
            ours.decode([odd])


@pytest.mark.parametrize(
    'why,change',
    [
        ('no tokens for 1 bytes', lambda t: t['model']['vocab'].pop('<0x07>')),
        ('two tokens share an id', lambda t: t['model']['vocab'].update({'the': 300})),
        ('not in its vocabulary', lambda t: t['model']['merges'].append(['a', 'nope'])),
        ('normalized=False', lambda t: t['added_tokens'][1].update(normalized=True)),
        (
            'merges make the special tokens',
            lambda t: t['added_tokens'][2].update(content='▁the', id=t['model']['vocab']['▁the']),
        ),
        ('model.byte_fallback: True', lambda t: t.update(pre_tokenizer={'type': 'Whitespace'})),
        ('normalizer: ', lambda t: t.update(normalizer={'type': 'NFKC'})),
        ('model.dropout', lambda t: t['model'].update(dropout=0.1)),
    ],
)
def test_a_byte_fallback_file_that_is_refused(why, change, tmp_path):
    told = copy.deepcopy(sentencepiece())
    change(told)
    (tmp_path / 'tokenizer.json').write_text(json.dumps(told))
    (tmp_path / 'tokenizer_config.json').write_text(json.dumps({'eos_token': '<unk>'}))
    with pytest.raises(ValueError, match=why):
        get_tokenizer(tmp_path)


def test_what_is_written_again_is_what_was_read(tmp_path):
    theirs = library('qwen', 'NFC')
    theirs.add_tokens([AddedToken('<think>', normalized=False)])
    saved(tmp_path / 'a', theirs, pad_token='[PAD]')
    ours = get_tokenizer(tmp_path / 'a')
    assert isinstance(ours, HFTokenizer)
    ours.save(tmp_path / 'run')  # as every run keeps its tokenizer
    assert (
        get_tokenizer(tmp_path / 'run').fingerprint
        == ours.fingerprint
        != trained(PATTERNS['qwen']).fingerprint
    )
    more = with_special_tokens(ours, TEMPLATES['chatml'])
    save_hf(more, tmp_path / 'b', 64)
    again, reopened = (
        get_tokenizer(tmp_path / 'b'),
        transformers.AutoTokenizer.from_pretrained(tmp_path / 'b'),
    )
    assert (again.fingerprint, again.specials) == (
        more.fingerprint,
        more.specials,
    ) and reopened.model_max_length == 64
    same_ids(again, reopened, TEXTS)
    assert (reopened.pad_token, reopened.eos_token) == ('[PAD]', '<|endoftext|>')
    assert (
        again.added[-2:] == more.added[-2:]
        and not next(t for t in again.added if t.content == '<think>').special
    )


def test_the_fast_engine_leaves_added_words_to_tiktoken(tmp_path):
    theirs = library('gpt2')
    theirs.add_tokens([AddedToken('<think>', normalized=False)])
    theirs.save(str(tmp_path / 'tokenizer.json'))
    ours = get_tokenizer(tmp_path)
    fast = fast_encode(ours)
    assert fast.engine.startswith('tiktoken') and [ids.tolist() for ids in fast(TEXTS)] == [
        ours.encode(text) for text in TEXTS
    ]


def test_our_own_folder_has_a_token_for_padding(tmp_path):
    theirs = transformers.AutoTokenizer.from_pretrained(save_hf(trained(PATTERNS['gpt2']), tmp_path))
    assert theirs.pad_token == '<|endoftext|>'
    assert theirs(['a b c', 'a'], padding=True).attention_mask[1][-1] == 0


NONSENSE = (
    st.none()
    | st.booleans()
    | st.integers(-2, 2**40)
    | st.text(max_size=3)
    | st.sampled_from([[], {}, [[]], {'type': 'BPE'}, [5], 10**9, -1, 1.5])
)


def places(value, path=()):
    "Every place in a value of JSON, not inside the large tables."
    yield path
    if path and path[-1] in ('vocab', 'merges'):
        value = dict(list(value.items())[:3]) if isinstance(value, dict) else value[:3]
    if isinstance(value, dict):
        yield from (p for k, v in value.items() for p in places(v, (*path, k)))
    if isinstance(value, list):
        yield from (p for i, v in enumerate(value) for p in places(v, (*path, i)))


@cache
def whole():
    theirs = library('gpt2')
    theirs.add_tokens([AddedToken('<think>', normalized=False)])
    theirs.post_processor = tokenizers.processors.TemplateProcessing(
        single='<|endoftext|> $A', special_tokens=[('<|endoftext|>', theirs.token_to_id('<|endoftext|>'))]
    )
    t = json.loads(theirs.to_str())
    config = {
        'eos_token': '<|endoftext|>',
        'pad_token': {'content': '[PAD]', 'lstrip': False},
        'extra_special_tokens': ['<x>'],
        'added_tokens_decoder': {str(len(t['model']['vocab'])): dict(t['added_tokens'][-1])},
    }
    config['added_tokens_decoder'][str(len(t['model']['vocab']))].pop('id')
    return t, config, [*places(t)], [*places(config)]


@settings(max_examples=400, deadline=None)
@given(st.data())
def test_a_file_of_strangers_opens_or_is_refused_in_one_line(tmp_path_factory, data):
    folder, (t, config, in_file, in_config) = tmp_path_factory.getbasetemp() / 'stranger', whole()
    folder.mkdir(exist_ok=True)
    files = {'tokenizer.json': copy.deepcopy(t), 'tokenizer_config.json': copy.deepcopy(config)}
    name = data.draw(st.sampled_from([*files]))
    path = data.draw(st.sampled_from((in_file if name == 'tokenizer.json' else in_config)[1:]))
    here = files[name]
    for key in path[:-1]:
        here = here[key]
    if data.draw(st.booleans()):
        here[path[-1]] = data.draw(NONSENSE)
    elif isinstance(here, dict):
        here.pop(path[-1])
    for file, value in files.items():
        (folder / file).write_text(json.dumps(value))
    try:
        ours = load_hf(folder)
    except ValueError as e:
        assert 'stranger' in str(e) and '\n' not in str(e) and len(str(e)) < 700, e
    else:
        assert ours.decode(ours.encode('a b')) == 'a b' and ours.vocab_size < 2**22 + 1


@pytest.mark.parametrize(
    'text,says',
    [
        ('{"model": ' + '[' * 100_000, 'nested too deep'),
        ('[]', 'holds no'),
        ('{', 'not readable as JSON'),
        ('\ud800', 'not readable'),
    ],
)
def test_what_is_no_json_object(text, says, tmp_path):
    (tmp_path / 'tokenizer.json').write_bytes(text.encode(errors='surrogatepass'))
    with pytest.raises(ValueError, match=says):
        get_tokenizer(tmp_path)


def test_files_without_end_are_not_read(tmp_path):
    for name in ('tokenizer.json', 'tokenizer_config.json'):
        (tmp_path / 'tokenizer.json').write_text(json.dumps(whole()[0]))
        with open(tmp_path / name, 'wb') as f:
            f.truncate(2**26 + 1)  # holes: they take no room
        with pytest.raises(ValueError, match=f'{name} has 67,108,865 bytes, and at most 67,108,864 are read'):
            get_tokenizer(tmp_path)


def test_random_added_tokens_meet(tmp_path):
    pool = [
        '<think>',
        '</think>',
        '<|im_end|>',
        '深度学习',
        'the',
        'fox',
        ' ',
        '\n',
        'a',
        '<|',
        'e\u0301',
        '\u0301',
        'lazy dog',
        '\u3000',
        'x',
        '<',
        '12',
    ]
    done = 0
    for seed in range(120):
        dice = random.Random(seed)
        theirs = library(dice.choice([*PATTERNS, 'llama3']), dice.choice(['', 'NFC']))
        for name in dice.sample(pool, dice.randrange(1, 6)):
            flags = {
                k: True for k in ('single_word', 'lstrip', 'rstrip', 'normalized') if dice.random() < 0.25
            }
            dice.choice([theirs.add_tokens, theirs.add_special_tokens])(
                [AddedToken(name, **{'normalized': False} | flags)]
            )
        theirs.save(str(tmp_path / 'tokenizer.json'))
        try:
            ours = get_tokenizer(tmp_path)
        except ValueError as e:  # there, the library itself fails
            assert 'white space begins or ends an added token' in str(e)
            continue
        done += 1
        for _ in range(25):
            text = ''.join(
                dice.choice([*pool, ' fox', 'Once', '懒狗', 'e\u0301a', ' \t', '!', '½'])
                for _ in range(dice.randrange(10))
            )
            theirs.encode_special_tokens = True
            assert ours.encode(text) == theirs.encode(text).ids, (seed, text)
            theirs.encode_special_tokens = False
            assert encode_marked(ours, text)[0] == theirs.encode(text).ids, (seed, text)
    assert done > 60
