"Conversations as people really have them: each case of issue 20, S and V, with variations of our own."

import json

import pytest

from llm_book.data.conversation_files import load_conversations, messages_of
from llm_book.data.conversations import (
    SFTDataset,
    truncate,
    prompt_text,
    render_conversation,
    split_conversations,
    with_special_tokens,
)
from llm_book.data.labelled import csv_text
from llm_book.data.sources import BadRecord
from llm_book.text.chat_template import TEMPLATES
from llm_book.text.tokenizer_files import get_tokenizer

CHATML = TEMPLATES['chatml']
TOK = with_special_tokens(get_tokenizer('bytes'), CHATML)


def user(content='Hi?', **more):
    return {'role': 'user', 'content': content, **more}


def answer(content='Ho.', **more):
    return {'role': 'assistant', 'content': content, **more}


def human(value='Hi?', **more):
    return {'from': 'human', 'value': value, **more}


def gpt(value='Ho.', **more):
    return {'from': 'gpt', 'value': value, **more}


def read(tmp_path, *rows):
    "The messages that a file of these rows holds, and its report."
    path = tmp_path / 'rows.jsonl'
    path.write_text('\n'.join(map(json.dumps, rows)))
    good, report = load_conversations(str(path))
    assert report.read == len(rows) == len(good) + sum(map(len, report.faults.values()))
    return [m for _, m in good], report


def said(messages):
    return [(m['role'], m['content']) for m in messages]


def fault(row):
    "The reason why a record is left out."
    with pytest.raises(BadRecord) as e:
        messages_of(row)
    return e.value.reason


def taught(messages, template=CHATML):
    "The text that is learned."
    ids, learn = render_conversation(messages, template, TOK)
    return TOK.decode([i for i, flag in zip(ids, learn) if flag])


SYSTEM = [('system', 'Answer in French.'), ('user', 'Hello?'), ('assistant', 'Bonjour.')]


@pytest.mark.parametrize(
    'row',
    [
        {'system': 'Answer in French.', 'conversations': [human('Hello?'), gpt('Bonjour.')]},
        {'system': 'Answer in French.', 'messages': [user('Hello?'), answer('Bonjour.')]},
        {
            'system_prompt': 'Answer in French.',
            'messages': [user('Hello?'), answer('Bonjour.')],
            'system': '',
        },
        {'system': 'Answer in French.', 'instruction': 'Hello?', 'input': '', 'output': 'Bonjour.'},
        {
            'system': 'Answer in French.',
            'conversation': [
                {'role': 'system', 'content': 'Answer in French.'},
                user('Hello?'),
                answer('Bonjour.'),
            ],
        },
    ],
)
def test_s01_a_system_field_comes_first(tmp_path, row):
    (messages,), report = read(tmp_path, row)
    assert said(messages) == SYSTEM and not report.notes


def test_s01_two_system_prompts_are_both_kept():
    row = {'system': 'Be brief.', 'messages': [{'role': 'system', 'content': 'Be kind.'}, user(), answer()]}
    assert said(messages_of(row))[0] == ('system', 'Be brief.\n\nBe kind.')
    assert fault({'system': 5, 'messages': [user(), answer()]}) == "'system' is not text"


def test_s01_a_system_prompt_in_two_fields_is_kept_whole():
    row = {'system': 'Be brief.', 'system_prompt': 'Be kind.', 'conversations': [human(), gpt()]}
    assert said(messages_of(row))[0] == ('system', 'Be brief.\n\nBe kind.')
    assert said(messages_of(row | {'system': 'Be kind.'}))[0] == ('system', 'Be kind.')
    assert fault(row | {'system_prompt': 5}) == "'system_prompt' is not text"


@pytest.mark.parametrize('name', ['conversations', 'messages', 'conversation'])
def test_texts_in_turn_are_questions_and_answers(tmp_path, name):
    "LIMA's records."
    rows = [{name: ['Hi?', 'Ho.'], 'source': 'x'}, {name: ['Hi?', 'Ho.', 'And?', 'Yes.', 'So?']}]
    kept, report = read(tmp_path, *rows)
    assert said(kept[0]) == [('user', 'Hi?'), ('assistant', 'Ho.')]
    assert said(kept[1]) == said(kept[0]) + [('user', 'And?'), ('assistant', 'Yes.')]
    note = 'a list of texts is read as questions and answers in turn'
    assert report.notes[note] == ['rows.jsonl:1', 'rows.jsonl:2']


TALK = [('user', 'Hi, "you"?'), ('assistant', 'Ho.')]


@pytest.mark.parametrize(
    'row,read',
    [
        ({'messages': [user('Hi, "you"?'), answer()]}, ['messages']),
        ({'conversations': [human('Hi, "you"?'), gpt()]}, ['conversations']),
        ({'conversation': ['Hi, "you"?', 'Ho.']}, ['conversation']),
        ({'prompt': [user('Hi, "you"?')], 'completion': [answer()]}, ['prompt', 'completion']),
        ({'instruction': 'Hi, "you"?', 'output': 'Ho.', 'history': [['a', 'b']]}, ['history']),
    ],
)
@pytest.mark.parametrize('end', ['csv', 'parquet', 'jsonl'])
def test_lists_that_are_json_text_are_read(tmp_path, row, read, end):
    "As `to_csv` and some tables have them."
    path, row = tmp_path / f'a.{end}', {k: json.dumps(v) if k in read else v for k, v in row.items()}
    if end == 'parquet':
        pa, parquet = pytest.importorskip('pyarrow'), pytest.importorskip('pyarrow.parquet')
        parquet.write_table(pa.Table.from_pylist([row]), path)
    else:
        path.write_text(json.dumps(row) if end == 'jsonl' else csv_text(tuple(row), [list(row.values())]))
    ((_, messages),), report = load_conversations(str(path))
    assert said(messages)[-2:] == TALK
    assert {f'{name!r} is JSON text: read as a list of messages' for name in read} <= {*report.notes}


@pytest.mark.parametrize(
    'row',
    [
        {'prompt': '[{"role": "user", "content": "Hi?"}]', 'completion': 'Ho.'},
        {'prompt': '["a"]', 'completion': '["b"]'},
        {'prompt': 'Hi?', 'completion': '[{"role": "user"}]'},
        {'instruction': '[1]', 'output': '[2]'},
    ],
)
def test_texts_that_look_like_json_stay_texts(tmp_path, row):
    (messages,), report = read(tmp_path, row)
    assert [m['content'] for m in messages if m['content']] == [*row.values()] and not report.notes


NO_LIST = 'a chat is a list of messages, and this text is no JSON list: write jsonl'


@pytest.mark.parametrize(
    'text,case',
    [
        ("[{'role': 'user', 'content': 'Hi?'}]", NO_LIST),  # as pandas writes a list
        ('[{"role": "user"', NO_LIST),
        ('{"role": "user", "content": "Hi?"}', NO_LIST),
        ('[' * 100_000, NO_LIST),
        ('[]', 'a chat is a list of messages'),
        ('', 'a chat is a list of messages'),
    ],
)
def test_texts_that_are_no_list_are_left_out(tmp_path, text, case):
    _, report = read(tmp_path, {'messages': text}, {'messages': [user(), answer()]})
    assert report.faults == {'no messages': [f'rows.jsonl:1 ({case})']}


@pytest.mark.parametrize(
    'turn,unread',
    [
        ({'role': 'user', 'from': 'gpt', 'content': 'Hi?'}, ['from']),
        ({'role': 'user', 'content': 'Hi?', 'from': 'gpt', 'value': 'No.'}, ['from', 'value']),
        ({'from': 'human', 'value': 'Hi?', 'role': 'assistant'}, ['role']),
        ({'from': 'human', 'value': 'Hi?', 'role': None, 'content': None}, []),  # as two formats in one table
        ({'from': None, 'value': None, 'role': 'user', 'content': 'Hi?'}, []),
    ],
)
def test_a_turn_in_two_formats(tmp_path, turn, unread):
    (messages,), report = read(tmp_path, {'messages': [turn, answer()]})
    assert said(messages) == [('user', 'Hi?'), ('assistant', 'Ho.')]
    assert [*report.notes] == [f'{name!r} of a turn is not read' for name in unread]


@pytest.mark.parametrize(
    'turns,reason',
    [
        (['Hi?'], 'roles out of order'),
        (['Hi?', ''], 'empty answer'),
        (['Hi?', answer()], 'not a JSON object'),
        ([['user', 'Hi?'], ['assistant', 'Ho.']], 'not a JSON object'),
        (['Hi?', None], 'not a JSON object'),
    ],
)
def test_lists_of_another_form_are_a_fault(turns, reason):
    assert fault({'conversations': turns}) == reason


@pytest.mark.parametrize(
    'history',
    [
        [['How is summer?', 'It is hot.']],
        [user('How is summer?'), answer('It is hot.')],
        [human('How is summer?'), gpt('It is hot.')],
    ],
)
def test_s02_history_is_read(tmp_path, history):
    row = {'instruction': 'And in winter?', 'input': '', 'output': 'It is cold.', 'history': history}
    (messages,), report = read(tmp_path, row)
    assert said(messages) == [
        ('user', 'How is summer?'),
        ('assistant', 'It is hot.'),
        ('user', 'And in winter?'),
        ('assistant', 'It is cold.'),
    ]


@pytest.mark.parametrize(
    'history', [['a'], [['a']], [['a', 'b', 'c']], 'a', [['a', None]], [['', '']], {'a': 'b'}]
)
def test_s02_a_history_of_another_form_is_a_fault(history):
    assert fault({'instruction': 'a', 'output': 'b', 'history': history})


@pytest.mark.parametrize('none', [None, [], ''])
def test_s02_no_history_is_a_task(none):
    row = {'instruction': 'a', 'output': 'b', 'history': none, 'system': none}
    assert [m['role'] for m in messages_of(row)] == ['instruction', 'input', 'output']


@pytest.mark.parametrize(
    'flag',
    [
        {'weight': 0},
        {'weight': 0.0},
        {'train': False},
        {'training': False},
        {'loss': False},
        {'weight': '0'},
        {'loss': 'false', 'weight': 1},
    ],
)
def test_s04_an_answer_of_no_weight_is_not_learned(tmp_path, flag):
    rows = [user('2+2?'), answer('5', **flag), user('Sure?'), answer('Sorry, 4.', weight=1)]
    (messages,), report = read(tmp_path, {'messages': rows})
    assert said(messages) == [(m['role'], m['content']) for m in rows] and not report.notes
    assert taught(messages) == 'Sorry, 4.<|im_end|>'
    plain = [{'role': m['role'], 'content': m['content']} for m in rows]
    assert (
        render_conversation(messages, CHATML, TOK)[0] == render_conversation(plain, CHATML, TOK)[0]
    )  # the mask changes no id
    y = SFTDataset([('', messages)], CHATML, TOK, 200).samples[0][1]
    assert TOK.decode([i for i in y.tolist() if i >= 0]) == 'Sorry, 4.<|im_end|>'


def test_s04_each_turn_by_its_own_weight():
    rows = [m for i in range(6) for m in (user(f'q{i}'), answer(f'a{i}', weight=i % 2))]
    assert taught(messages_of({'messages': rows})) == ''.join(f'a{i}<|im_end|>' for i in (1, 3, 5))


def test_s04_what_is_never_learned_is_left_out_and_what_is_unclear_noted(tmp_path):
    rows = [
        {'messages': [user(), answer(weight=0)]},
        {'messages': [user(), answer()], 'weight': 0},
        {'messages': [user(), answer(weight=0.5)]},
        {'messages': [user(), answer('Ho.'), user(), answer('No.', loss=False)]},
    ]
    kept, report = read(tmp_path, *rows)
    assert {why: len(places) for why, places in report.faults.items()} == {
        'no answer to learn': 1,
        'not to be learned': 1,
    }
    assert report.notes == {
        "'weight' is neither 0 nor 1: learned in full": ['rows.jsonl:3'],
        'turns after the last answer to learn: dropped': ['rows.jsonl:4'],
    }
    assert [taught(m) for m in kept] == ['Ho.<|im_end|>'] * 2


@pytest.mark.parametrize('name', ['reasoning_content', 'reasoning', 'thinking'])
def test_s06_reasoning_stands_before_the_answer(tmp_path, name):
    (messages,), report = read(
        tmp_path, {'messages': [user('2+2?'), answer('4', **{name: 'two and two make four'})]}
    )
    assert messages[1]['content'] == '<think>\ntwo and two make four\n</think>\n\n4'
    assert [name in note for note in report.notes] == [True]
    (messages,), report = read(tmp_path, {'messages': [user('2+2?'), answer('4', **{name: None})]})
    assert messages[1]['content'] == '4' and not report.notes


def test_s06_reasoning_twice_is_noted_and_no_text_is_a_fault(tmp_path):
    thought = '<think>\nhm\n</think>\n\n4'
    (messages,), report = read(tmp_path, {'messages': [user(), answer(thought, reasoning_content='hm')]})
    assert messages[1]['content'] == thought and len(report.notes) == 1
    assert fault({'messages': [user(), answer(reasoning_content=5)]}) == "'reasoning_content' is not text"


CALL = [{'id': '1', 'type': 'function', 'function': {'name': 'w', 'arguments': '{}'}}]


@pytest.mark.parametrize(
    'turns',
    [
        [user(), answer('Let me check.', tool_calls=CALL)],
        [user(), answer(None, tool_calls=CALL)],
        [user(), answer(function_call={'name': 'w'})],
        [user(), {'role': 'tool', 'content': '5', 'tool_call_id': '1'}, answer()],
        [human(), {'from': 'function_call', 'value': '{}'}, {'from': 'observation', 'value': '5'}, gpt()],
    ],
)
def test_s07_calls_of_tools_are_left_out_by_name(tmp_path, turns):
    kept, report = read(
        tmp_path, {'messages': turns, 'tools': [{'type': 'function'}]}, {'messages': [user(), answer()]}
    )
    if turns[1].get('content', '') is not None:
        assert list(report.faults) == ['tools are not supported']
    assert len(kept) == 1 and sum(map(len, report.faults.values())) == 1


def test_s07_tools_that_nobody_calls_are_noted_and_empty_ones_are_not(tmp_path):
    rows = [{'messages': [user(), answer(tool_calls=none)], 'tools': none} for none in (None, [], '')]
    kept, report = read(tmp_path, *rows, {'messages': [user(), answer()], 'tools': [{'type': 'function'}]})
    assert report.notes == {"'tools' is not read": ['rows.jsonl:4']}


@pytest.mark.parametrize(
    'row,name',
    [
        ({'messages': [user(), answer()], 'label': False}, 'KTO'),
        ({'messages': [user(), answer()], 'label': True}, 'KTO'),
        ({'instruction': 'a', 'output': 'b', 'kto_tag': 'false'}, 'KTO'),
        ({'prompt': 'a', 'completion': 'b', 'label': 1}, 'KTO'),
        ({'prompt': 'a', 'chosen': 'b', 'rejected': 'c'}, 'preferences'),
        ({'chosen': 'a', 'rejected': 'b'}, 'preferences'),
        ({'conversations': [human()], 'chosen': gpt(), 'rejected': gpt('No.')}, 'preferences'),
        ({'messages': [user(), answer()], 'rejected_response': 'b'}, 'preferences'),
    ],
)
def test_s08_preferences_are_refused_by_name(tmp_path, row, name):
    assert fault(row).startswith(name)
    (tmp_path / 'only.jsonl').write_text(json.dumps(row))
    with pytest.raises(ValueError, match=f'left out, {name}.* not for instruction tuning: only.jsonl:1'):
        load_conversations(str(tmp_path / 'only.jsonl'))


def test_s08_any_other_field_is_a_counted_note(tmp_path):
    rows = [
        {'messages': [user(name='Li'), answer(cache=1)], 'label': 'travel', 'id': i, 'score': 0.5}
        for i in range(5)
    ]
    kept, report = read(tmp_path, *rows)
    assert {note: len(places) for note, places in report.notes.items()} == {
        "'label' is not read": 5,
        "'score' is not read": 5,
        "'name' of a turn is not read": 5,
        "'cache' of a turn is not read": 5,
    }
    assert (
        "5 kept, 'score' is not read: rows.jsonl:1; rows.jsonl:2; rows.jsonl:3 and 2 more" in report.lines()
    )


def table(tmp_path, data):
    (tmp_path / 't.csv').write_bytes(data.encode() if isinstance(data, str) else data)
    good, report = load_conversations(str(tmp_path / 't.csv'))
    return [tuple(m['content'] for m in messages) for _, messages in good], report


def test_s10_rows_with_another_number_of_fields_are_left_out(tmp_path):
    kept, report = table(
        tmp_path,
        'instruction,input,output\nName three fruits,,apple, banana, pear\nshort,x\nhi,,"yo, yo"\n\n',
    )
    assert kept == [('hi', '', 'yo, yo')]
    assert report.faults == {
        'another number of fields': [
            't.csv:2 (line 2 has 5 fields, not 3)',
            't.csv:3 (line 3 has 2 fields, not 3)',
        ]
    }
    (tmp_path / 't.csv').write_text('instruction,input,output\nName three fruits,,apple, banana, pear\n')
    with pytest.raises(ValueError, match='another number of fields'):
        load_conversations(str(tmp_path / 't.csv'))


def test_s10_an_open_quote_swallows_nothing_silently(tmp_path):
    kept, report = table(tmp_path, 'instruction,output\nhi,yo\nho,"never closed\na,b\nc,d\n')
    ((reason, places),) = report.faults.items()
    assert kept == [('hi', '', 'yo')] and reason == 'not CSV: a quote is never closed'
    assert [place.split(' ')[0] for place in places] == [
        't.csv:3',
        't.csv:4',
        't.csv:5',
    ]  # each line that is lost


@pytest.mark.parametrize(
    'data',
    [
        '\ufeff"instruction","input","output"\n"hi","","yo"\n',
        '\ufeffinstruction,input,output\r\nhi,,yo\r\n',
        '"instruction","input","output"\r\n"hi","","yo"',
    ],
)
def test_s11_a_mark_before_the_header(tmp_path, data):
    assert table(tmp_path, data)[0] == [('hi', '', 'yo')]


@pytest.mark.parametrize('name', ['a.jsonl', 'a.json'])
def test_s11_a_mark_before_json(tmp_path, name):
    row = json.dumps({'instruction': 'hi', 'output': 'yo'})
    (tmp_path / name).write_text('\ufeff' + (row if name == 'a.jsonl' else f'[{row}]'))
    assert load_conversations(str(tmp_path / name))[1].kept == 1


def test_s13_parts_and_developer(tmp_path):
    parts = [{'type': 'text', 'text': 'h'}, {'type': 'text', 'text': 'i', 'image_url': None}]
    kept, report = read(
        tmp_path,
        {'messages': [user(parts), answer('yo')]},
        {'messages': [{'role': 'developer', 'content': 'x'}, user('a'), answer('b')]},
        {'messages': [user('a'), answer([{'type': 'output_text', 'text': 'b'}])]},
    )
    assert [said(m) for m in kept] == [
        [('user', 'hi'), ('assistant', 'yo')],
        [('system', 'x'), ('user', 'a'), ('assistant', 'b')],
        [('user', 'a'), ('assistant', 'b')],
    ]


@pytest.mark.parametrize(
    'part', [{'type': 'image_url', 'image_url': {'url': 'x'}}, {'type': 'text'}, {'text': 'a'}]
)
def test_s13_other_parts_are_left_out(part):
    assert fault({'messages': [user([part]), answer()]}) == 'content that is not text'


def test_s14_a_greeting_is_context_and_a_question_at_the_end_is_dropped(tmp_path):
    kept, report = read(
        tmp_path,
        {'conversations': [gpt('Welcome'), human('hi'), gpt('yo')]},
        {'messages': [{'role': 'system', 'content': 'x'}, answer('c')]},
        {'conversations': [human('hi'), gpt('yo'), human('bye')]},
        {
            'messages': [
                {'role': 'system', 'content': 'x'},
                answer('c'),
                user('hi'),
                answer('yo'),
                user('bye'),
            ]
        },
    )
    assert [said(m) for m in kept] == [
        [('assistant', 'Welcome'), ('user', 'hi'), ('assistant', 'yo')],
        [('user', 'hi'), ('assistant', 'yo')],
        [('system', 'x'), ('assistant', 'c'), ('user', 'hi'), ('assistant', 'yo')],
    ]
    assert [taught(m) for m in kept] == ['yo<|im_end|>'] * 3
    assert report.faults == {'roles out of order': ['rows.jsonl:2 (system, assistant)']}
    assert [places for _, places in sorted(report.notes.items())] == [
        ['rows.jsonl:1', 'rows.jsonl:4'],
        ['rows.jsonl:3', 'rows.jsonl:4'],
    ]


def test_s14_greetings_do_not_decide_the_split_and_stay_when_turns_go():
    chats = [
        (f'{i}', messages_of({'messages': [answer('Welcome'), user(f'question {i}'), answer()]}))
        for i in range(60)
    ]
    assert len({prompt_text(m) for _, m in chats}) == 60
    assert all(split_conversations(chats, 0.3).values())
    long = messages_of({'messages': [answer('Welcome'), user('a' * 50), answer('b'), user('c'), answer('d')]})
    ids, learn, note = truncate(long, CHATML, TOK, 80, 'turns')
    assert note == 'oldest turns left out' and 'Welcome' in TOK.decode(ids) and 'aaa' not in TOK.decode(ids)


@pytest.mark.parametrize('template', ['chatml', 'alpaca'])
def test_a_task_keeps_its_question_when_turns_are_left_out(template):
    task = messages_of({'instruction': 'a' * 90, 'output': 'b'})
    with pytest.raises(BadRecord, match='80 fit'):
        truncate(task, TEMPLATES[template], TOK, 80, 'turns')


def test_s15_parquet_gives_rows(tmp_path):
    pa = pytest.importorskip('pyarrow')
    parquet = pytest.importorskip('pyarrow.parquet')
    parquet.write_table(
        pa.table({'instruction': ['hi'], 'input': [''], 'output': ['yo']}), tmp_path / 'x.parquet'
    )
    parquet.write_table(
        pa.table({'messages': [[user(), answer('yo', weight=1)]], 'lang': ['en']}), tmp_path / 'y.parquet'
    )
    (tmp_path / 'z.json').write_bytes((tmp_path / 'x.parquet').read_bytes())  # a wrong name
    assert said(load_conversations(str(tmp_path / 'x.parquet'))[0][0][1]) == [
        ('instruction', 'hi'),
        ('input', ''),
        ('output', 'yo'),
    ]
    good, report = load_conversations(str(tmp_path))
    assert [where for where, _ in good] == ['x.parquet:1', 'y.parquet:1', 'z.json:1'] and list(
        report.notes
    ) == ["'lang' is not read"]
    (tmp_path / 'x.parquet').write_bytes((tmp_path / 'x.parquet').read_bytes()[:40])
    with pytest.raises(ValueError, match='x.parquet: .*damaged: fetch it again'):
        load_conversations(str(tmp_path / 'x.parquet'))
