"Conversations whose fields have other names, and TRL's prompts with completions: ten variations of each."

import gzip
import json
import random
import zipfile

import pytest
from hypothesis import given, settings, strategies as st
from test_cases_conversations import CHATML, TOK, answer, fault, gpt, human, read, said, taught, user

from llm_book.data.conversation_files import (
    CHAT_FIELDS,
    load_conversations,
    load_named_conversations,
    messages_of,
    read_conversation,
)
from llm_book.data.conversations import SFTDataset
from llm_book.data.field_names import FieldNames, standard_fields
from llm_book.data.sources import BadRecord
from llm_book.data.text_streams import encoded_path
from llm_book.instruct import instruct_settings
from llm_book.text.chat_template import TEMPLATES
from llm_book.tune.named_data import load_named_data

TASK = [('instruction', 'Hi?'), ('input', ''), ('output', 'Ho.')]
TALK = [('user', 'Hi?'), ('assistant', 'Ho.')]
RULED = [('system', 'Be brief.'), *TALK]


def named(tmp_path, names, *rows, name='rows.jsonl'):
    "The messages of a file with these rows and names of fields, and its report."
    path = tmp_path / name
    path.write_text('\n'.join(map(json.dumps, rows)))
    good, report = load_named_conversations(str(path), FieldNames(**names))
    assert report.read == len(rows) == len(good) + sum(map(len, report.faults.values()))
    return [m for _, m in good], report


@pytest.mark.parametrize(
    'names,row,want',
    [
        ({'output': 'response'}, {'instruction': 'Hi?', 'response': 'Ho.'}, TASK),
        ({'instruction': 'question', 'output': 'answer'}, {'question': 'Hi?', 'answer': 'Ho.'}, TASK),
        ({'instruction': 'Question ', 'output': '答案'}, {'Question ': 'Hi?', '答案': 'Ho.'}, TASK),
        ({'instruction': 'output', 'output': 'input'}, {'output': 'Hi?', 'input': 'Ho.'}, TASK),
        (
            {'input': 'context', 'output': 'response'},
            {'instruction': 'Hi?', 'context': None, 'response': 'Ho.'},
            TASK,
        ),
        ({'messages': 'dialog'}, {'dialog': [user(), answer()]}, TALK),
        ({'messages': 'turns'}, {'turns': [human(), gpt()]}, TALK),
        (
            {'messages': 'messages', 'role': 'speaker', 'content': 'text'},
            {'messages': [{'speaker': 'user', 'text': 'Hi?'}, {'speaker': 'gpt', 'text': 'Ho.'}]},
            TALK,
        ),
        ({'role': 'who'}, {'conversation': [{'who': r, 'content': t} for r, t in TALK]}, TALK),
        ({'content': 'says'}, {'messages': [{'role': r, 'says': t} for r, t in TALK]}, TALK),
        ({'prompt': 'query', 'completion': 'reply'}, {'query': 'Hi?', 'reply': 'Ho.'}, TALK),
        ({'prompt': 'query', 'completion': 'reply'}, {'query': [user()], 'reply': [answer()]}, TALK),
        ({'system': 'persona'}, {'persona': 'Be brief.', 'messages': [user(), answer()]}, RULED),
        (
            {'system': 'rules', 'instruction': 'ask', 'output': 'say'},
            {'rules': 'Be brief.', 'ask': 'Hi?', 'say': 'Ho.'},
            RULED,
        ),
    ],
)
def test_fields_of_other_names_are_read(tmp_path, names, row, want):
    (messages,), report = named(tmp_path, names, row)
    assert said(messages) == want and not report.notes
    settings_of_it = [part for name, own in names.items() for part in (f'--fields.{name}', own)]
    assert instruct_settings(settings_of_it).fields == FieldNames(**names)


@pytest.mark.parametrize(
    'names,row,reason,case',
    [
        ({'output': 'reply'}, {'instruction': 'a', 'output': 'b'}, "no field 'reply'", 'instruction, output'),
        ({'output': 'reply'}, {'question': 'a', 'reply': 'b'}, "no field 'instruction'", 'question, reply'),
        ({'output': 'reply'}, {'instruction': 'a', 'reply': 5}, "'reply' is not text", "'reply' is 5"),
        ({'output': 'reply'}, {'instruction': 'a', 'reply': ' '}, 'empty answer', ''),
        ({'messages': 'dialog'}, {'messages': [user(), answer()]}, "no field 'dialog'", 'are messages'),
        ({'messages': 'dialog'}, {'dialog': 'a'}, 'no messages', ''),
        ({'role': 'who'}, {'messages': [user(), answer()]}, "no field 'who' of a turn", 'role, content'),
        (
            {'role': 'who'},
            {'messages': [{'who': 'user', 'text': 'a'}]},
            "no field 'content'",
            'there are who, text',
        ),
        (
            {'content': 'text'},
            {'messages': [{'role': 'user', 'text': 5}]},
            "'text' is not text",
            "'text' is 5",
        ),
        ({'completion': 'reply'}, {'prompt': 'a', 'answer': 'b'}, "no field 'reply'", 'prompt, answer'),
        ({'prompt': 'q'}, {'q': 'a', 'answer': 'b'}, "no field 'completion'", 'there are q, answer'),
        (
            {'output': 'chosen'},
            {'instruction': 'a', 'chosen': 'b', 'rejected': 'c'},
            'preferences',
            'rejected',
        ),
    ],
)
def test_a_fault_is_told_in_the_names_of_the_file(names, row, reason, case):
    with pytest.raises(BadRecord) as e:
        read_conversation(row, FieldNames(**names), [])
    assert e.value.reason.startswith(reason) and case in str(e.value)


@pytest.mark.parametrize(
    'name', ['messages', 'instruction', 'input', 'output', 'prompt', 'completion', 'system']
)
def test_a_name_that_no_record_has_is_one_line(tmp_path, name):
    rows = [{'instruction': 'Hi?', 'output': 'Ho.', 'replies': 1, 'id': i} for i in range(3)]
    with pytest.raises(ValueError) as e:
        named(tmp_path, {name: 'reply'}, *rows)
    assert str(e.value).startswith(f'fields.{name}: no record of ') and 'rows.jsonl' in str(e.value)
    assert str(e.value).endswith("has a field 'reply'; did you mean 'replies'?")
    with pytest.raises(ValueError, match="field 'xyz'; there are: id, instruction, output, replies"):
        named(tmp_path, {name: 'xyz'}, *rows)


def test_rows_without_the_named_field_are_counted_with_file_line_and_keys(tmp_path):
    rows = [
        {'q': 'Hi?', 'a': 'Ho.'},
        {'q': 'Hi?', 'answer': 'Ho.'},
        {'q': 'Hi?', 'a': 'Ho.', 'output': 'No.'},
    ]
    kept, report = named(tmp_path, {'instruction': 'q', 'output': 'a'}, *rows)
    assert [said(m) for m in kept] == [TASK] * 2
    assert report.faults == {"no field 'a'": ['rows.jsonl:2 (there are q, answer)']}
    assert report.notes == {"'output' is not read": ['rows.jsonl:3']}  # it has a usual name and is not meant


def test_without_names_the_remedy_is_said(tmp_path):
    (tmp_path / 'a.jsonl').write_text('{"question": "a", "answer": "b"}')
    with pytest.raises(ValueError) as e:
        load_conversations(str(tmp_path / 'a.jsonl'))
    assert "no field 'instruction': a.jsonl:1 (there are question, answer)" in str(e.value)
    assert 'set fields.messages, fields.output' in str(e.value)


@pytest.mark.parametrize(
    'name,text',
    [
        ('a.csv', 'q,about,a\nHi?,,Ho.\n"How, so?",x,"So, so"\n'),
        ('a.tsv', 'q\tabout\ta\nHi?\t\tHo.\nHow, so?\tx\tSo, so\n'),
        ('a.json', '[{"q": "Hi?", "a": "Ho."},\n{"q": "How, so?", "about": "x", "a": "So, so"}]'),
        ('a.jsonl', '{"q": "Hi?", "a": "Ho."}\n{"q": "How, so?", "about": "x", "a": "So, so"}\n'),
        ('a.jl', '{"q": "Hi?", "a": "Ho."}\n\n{"q": "How, so?", "about": "x", "a": "So, so"}\n'),
    ],
)
def test_names_hold_for_every_kind_of_file_and_in_folders(tmp_path, name, text):
    (tmp_path / name).write_text(text)
    names = FieldNames(instruction='q', input='about', output='a')
    for source in (tmp_path / name, tmp_path, tmp_path / '*'):
        good, report = load_named_conversations(str(source), names)
        assert [[m['content'] for m in talk] for _, talk in good] == [
            ['Hi?', '', 'Ho.'],
            ['How, so?', 'x', 'So, so'],
        ]


def test_names_hold_in_lists_that_are_json_text(tmp_path):
    talk = json.dumps([{'speaker': r, 'text': t} for r, t in TALK])
    names = {'messages': 'dialog', 'role': 'speaker', 'content': 'text'}
    (messages,), report = named(tmp_path, names, {'dialog': talk})
    assert said(messages) == TALK and not report.faults


def test_names_hold_in_parquet_with_messages(tmp_path):
    pa, parquet = pytest.importorskip('pyarrow'), pytest.importorskip('pyarrow.parquet')
    talk = [{'speaker': r, 'text': t} for r, t in TALK]
    parquet.write_table(pa.table({'dialog': [talk, None]}), tmp_path / 'x.parquet')
    names = FieldNames(messages='dialog', role='speaker', content='text')
    good, report = load_named_conversations(str(tmp_path / 'x.parquet'), names)
    assert [said(m) for _, m in good] == [TALK] and report.faults == {
        'no messages': ['x.parquet:2 (a chat is a list of messages)']
    }


def test_the_command_takes_names_for_training_and_validation(tmp_path):
    rows = [{'q': f'Question {i}?', 'a': f'{i}.'} for i in range(60)]
    for name in ('train', 'val'):
        (tmp_path / f'{name}.jsonl').write_text('\n'.join(map(json.dumps, rows)))
    (tmp_path / 'mine.yaml').write_text(
        f'data:\n  train_path: {tmp_path}/train.jsonl\nfields:\n  instruction: q\n  output: a\n'
    )
    s = instruct_settings(['--config', str(tmp_path / 'mine.yaml'), '--init_from', 'x'])
    splits, reports = load_named_data(s.data, s.fields)
    assert sum(map(len, splits.values())) == 60 and set(reports) == {'train'}
    s = instruct_settings(
        ['--config', str(tmp_path / 'mine.yaml'), '--data.val_path', str(tmp_path / 'val.jsonl')]
    )
    assert {k: len(v) for k, v in load_named_data(s.data, s.fields)[0].items()} == {'train': 60, 'val': 60}


@pytest.mark.parametrize(
    'argv,error',
    [
        (['--fields.output', ''], 'fields.output is empty'),
        (['--fields.output', 'a', '--fields.input', 'a'], 'fields.input and fields.output name the same'),
        (['--fields.role', 'a', '--fields.content', 'a'], 'fields.role and fields.content name the same'),
        (['--fields.outptu', 'a'], "did you mean 'fields.output'?"),
        (['--field.output', 'a'], "did you mean 'fields.output'?"),
    ],
)
def test_settings_that_make_no_sense_are_refused(argv, error):
    with pytest.raises(ValueError) as e:
        instruct_settings(argv)
    assert error in str(e.value)


TEXT = st.text(min_size=1, max_size=8).filter(lambda t: t.strip() and t.isprintable())
OWN = st.lists(st.text('abcxyz_', min_size=1, max_size=6), min_size=5, max_size=5, unique=True)


@settings(max_examples=100, deadline=None)
@given(OWN, st.lists(st.tuples(TEXT, TEXT), min_size=1, max_size=3), st.randoms())
def test_any_names_give_what_the_usual_names_give(own, pairs, chance):
    talk, role, content, extra, system = own
    turns = [turn for q, a in pairs for turn in (user(q), answer(a))]
    plain = {'messages': turns, 'system': 'Be brief.'}
    other = [{role: t['role'], content: t['content']} for t in turns]
    fields = [(talk, other), (system, 'Be brief.'), (extra, 1)]
    random.Random(chance.random()).shuffle(fields)
    names = FieldNames(messages=talk, role=role, content=content, system=system)
    notes = []
    assert read_conversation(dict(fields), names, notes) == messages_of(plain)
    known = {extra: 1} if extra not in ('id', 'system_prompt', *CHAT_FIELDS) else {}
    assert notes == [f'{name!r} is not read' for name in known]
    assert standard_fields(plain, FieldNames(), []) == plain


FEW = [user('a'), answer('b'), user('c')]


@pytest.mark.parametrize(
    'row,want,learned',
    [
        ({'prompt': 'Hi?', 'completion': 'Ho.'}, TALK, 'Ho.'),
        (
            {'prompt': 'The sky is', 'completion': ' blue.'},
            [('user', 'The sky is'), ('assistant', ' blue.')],
            ' blue.',
        ),
        ({'prompt': [user()], 'completion': [answer()]}, TALK, 'Ho.'),
        ({'prompt': [user()], 'completion': 'Ho.'}, TALK, 'Ho.'),
        ({'prompt': 'Hi?', 'completion': [answer()]}, TALK, 'Ho.'),
        ({'prompt': [human()], 'completion': [gpt()]}, TALK, 'Ho.'),
        ({'prompt': 'Hi?', 'completion': 'Ho.', 'system': 'Be brief.'}, RULED, 'Ho.'),
        (
            {'prompt': [{'role': 'system', 'content': 'Be brief.'}, user()], 'completion': [answer()]},
            RULED,
            'Ho.',
        ),
        (
            {'prompt': FEW, 'completion': [answer('d')]},
            [('user', 'a'), ('assistant', 'b'), ('user', 'c'), ('assistant', 'd')],
            'd',
        ),
        (
            {
                'prompt': [user('a'), answer('b', weight=1, train=True), user('c')],
                'completion': [answer('d')],
            },
            [('user', 'a'), ('assistant', 'b'), ('user', 'c'), ('assistant', 'd')],
            'd',
        ),
        (
            {'prompt': [user('a')], 'completion': [answer('b'), user('c'), answer('d')]},
            [('user', 'a'), ('assistant', 'b'), ('user', 'c'), ('assistant', 'd')],
            'b<|im_end|>d',
        ),
        (
            {'prompt': [user('a')], 'completion': [answer('b', weight=0), user('c'), answer('d')]},
            [('user', 'a'), ('assistant', 'b'), ('user', 'c'), ('assistant', 'd')],
            'd',
        ),
        (
            {'prompt': [{'role': 'system', 'content': 'Be brief.'}], 'completion': [user(), answer()]},
            RULED,
            'Ho.',
        ),
        (
            {'prompt': [{'type': 'text', 'text': 'Hi?'}], 'completion': [{'type': 'text', 'text': 'Ho.'}]},
            TALK,
            'Ho.',
        ),
        ({'messages': None, 'instruction': None, 'prompt': 'Hi?', 'completion': 'Ho.'}, TALK, 'Ho.'),
    ],
)
def test_a_completion_is_learned_and_its_prompt_is_not(tmp_path, row, want, learned):
    (messages,), report = read(tmp_path, row)
    assert said(messages) == want and not report.notes
    assert taught(messages) == f'{learned}<|im_end|>'
    y = SFTDataset([('', messages)], CHATML, TOK, 200).samples[0][1]
    assert TOK.decode([i for i in y.tolist() if i >= 0]) == f'{learned}<|im_end|>'


def test_a_prompt_with_its_completion_is_one_question_in_alpacas_template():
    messages = messages_of({'prompt': 'Hi?', 'completion': 'Ho.', 'system': 'Be brief.'})
    task = messages_of({'instruction': 'Be brief.\n\nHi?', 'output': 'Ho.'})
    assert taught(messages, TEMPLATES['alpaca']) == taught(task, TEMPLATES['alpaca'])


@pytest.mark.parametrize(
    'row,reason',
    [
        ({'prompt': 'a'}, "no field 'completion'"),
        ({'completion': 'b'}, "no field 'prompt'"),
        ({'prompt': 'a', 'response': 'b'}, "no field 'completion'"),
        ({'prompt': ' \n', 'completion': 'b'}, 'empty question'),
        ({'prompt': 'a', 'completion': ''}, 'empty answer'),
        ({'prompt': 'a', 'completion': None}, "'completion' is not text"),
        ({'prompt': [], 'completion': 'b'}, "'prompt' is not text"),
        ({'prompt': 'a', 'completion': 7}, "'completion' is not text"),
        ({'prompt': ['a'], 'completion': ['b']}, "'prompt' is not text"),
        ({'prompt': [user(), answer('b')], 'completion': [answer('c')]}, 'roles out of order'),
        ({'prompt': [user()], 'completion': [user()]}, 'roles out of order'),
        ({'prompt': [user()], 'completion': [answer('')]}, 'empty answer'),
        ({'prompt': [user()], 'completion': [answer(weight=0)]}, 'no answer to learn'),
        ({'prompt': [user()], 'completion': [answer(), {'role': 'tool', 'content': 'x'}]}, 'tools are not'),
        ({'prompt': 'a', 'completion': 'b', 'label': True}, 'KTO'),
        ({'prompt': 'a', 'completion': 'b', 'weight': 0}, 'not to be learned'),
        ({'prompt': 'a\ud800', 'completion': 'b'}, 'lone surrogate'),
    ],
)
def test_prompts_that_cannot_be_learned_are_left_out_by_name(row, reason):
    assert fault(row).startswith(reason)


def test_other_formats_win_over_a_prompt_beside_them_and_it_is_noted(tmp_path):
    rows = [
        {'messages': [user(), answer()], 'prompt': 'Hi?'},
        {'instruction': 'Hi?', 'output': 'Ho.', 'prompt': 'Hi?', 'completion': 'No.'},
        {'prompt': 'Hi?', 'completion': 'Ho.', 'id': 7, 'source': 'x', 'history': []},
    ]
    kept, report = read(tmp_path, *rows)
    assert [said(m) for m in kept] == [TALK, TASK, TALK]
    assert report.notes == {
        "'prompt' is not read": ['rows.jsonl:1', 'rows.jsonl:2'],
        "'completion' is not read": ['rows.jsonl:2'],
        "'source' is not read": ['rows.jsonl:3'],
    }


def test_hidden_files_of_a_folder_are_no_data(tmp_path):
    row = '{"prompt": "Hi?", "completion": "Ho."}\n'
    for name in (
        'a.jsonl',
        '.ipynb_checkpoints/a-checkpoint.jsonl',
        '.b.jsonl',
        'deep/c.ndjson',
        'notes.txt',
    ):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(row)
    for name in ('a.bak', 'b.BAK', 'LICENSE', 'notes.txt.gz'):
        (tmp_path / name).write_text(row)
    good, report = load_conversations(str(tmp_path))
    assert [where for where, _ in good] == ['a.jsonl:1', 'c.ndjson:1']
    assert report.lines()[1:] == [
        'not read: 1 hidden files',
        'not read: 1 hidden folders',
        'not read: 5 files of other endings (.bak, .txt, .txt.gz, no ending)',
    ]
    assert load_conversations(f'{tmp_path}/*')[1].lines()[1:] == report.lines()[-1:]
    with pytest.raises(FileNotFoundError, match=r'not read: 2 files of other endings \(.txt, .txt.gz\)'):
        load_conversations(f'{tmp_path}/*.txt*')


@pytest.mark.parametrize('name', ['story.txt', 'story.md', 'story', 'table.txt', 'story.txt.gz'])
def test_a_text_is_no_file_of_conversations(tmp_path, name):
    text = 'instruction,output\nHi?,Ho.\n' if name == 'table.txt' else 'Once upon a time.\n'
    data = gzip.compress(text.encode()) if name.endswith('.gz') else text.encode()
    (tmp_path / name).write_bytes(data)
    with pytest.raises(ValueError, match=r'text, not conversations: .*:1 \(json, jsonl, csv, tsv, parquet'):
        load_conversations(str(tmp_path / name))
    with zipfile.ZipFile(tmp_path / 'a.zip', 'w') as archive:
        archive.writestr('notes.txt', text)
        archive.writestr('a.jsonl', '{"instruction": "Hi?", "output": "Ho."}')
    report = load_conversations(str(tmp_path / 'a.zip'))[1]
    assert report.kept == 1 and list(report.faults) == ['text, not conversations']


TALKS = [{'instruction': f'第{i}只猫？', 'output': 'Ü。'} for i in range(30)]
IN_FILES = {
    'a.jsonl': '\n'.join(json.dumps(row, ensure_ascii=False) for row in TALKS),
    'a.json': json.dumps(TALKS, ensure_ascii=False, indent=1),
    'a.csv': 'instruction,output\n' + ''.join(f'{r["instruction"]},{r["output"]}\n' for r in TALKS),
    'a.zip': '\n'.join(json.dumps(row, ensure_ascii=False) for row in TALKS),
}


@pytest.mark.parametrize('encoding', ['gb18030', 'utf-16-le'])
@pytest.mark.parametrize('name', IN_FILES)
@pytest.mark.parametrize('place', ['file', 'folder', 'glob'])
def test_conversations_in_another_encoding(tmp_path, name, encoding, place):
    data = IN_FILES[name].encode(encoding)
    if name == 'a.zip':
        with zipfile.ZipFile(tmp_path / name, 'w') as archive:
            archive.writestr('b.jsonl', data)
    else:
        (tmp_path / name).write_bytes(data)
    path = str({'file': tmp_path / name, 'folder': tmp_path, 'glob': tmp_path / 'a.*'}[place])
    argv = ['--data.train_path', path, '--data.val_path', path, '--data.encoding', encoding]
    s = instruct_settings(argv)
    usual = FieldNames(instruction='instruction', output='output')
    for names in (s.fields, usual):
        splits, _ = load_named_data(s.data, names)
        assert [[m[0]['content'] for _, m in part] for part in splits.values()] == [
            [row['instruction'] for row in TALKS]
        ] * 2
    with pytest.raises(ValueError, match='encoding|without a mark'):
        load_conversations(path)


def test_encodings_of_conversations_that_do_not_fit(tmp_path):
    (tmp_path / 'a.jsonl').write_bytes(
        IN_FILES['a.jsonl'].encode('gb18030') + b'\n{"prompt": "a", "completion": "b"}'
    )
    lines = load_conversations(str(tmp_path / 'a.jsonl'))[1].lines()
    assert lines[0] == '31 conversations read, 1 kept' and 'not UTF-8: a.jsonl:1; ' in lines[1]
    assert lines[1].endswith('in another encoding? Set data.encoding (gb18030, cp1252, utf-16, ...)')
    report = load_conversations(encoded_path(tmp_path / 'a.jsonl', 'ascii'))[1]
    assert {why: len(places) for why, places in report.faults.items()} == {'not ascii': 30}
    for argv, error in (
        (['--data.encoding', 'klingon', '--data.train_path', 'x'], "encoding 'klingon' is unknown: utf-8"),
        (['--data.encoding', 'gb18030'], 'data.encoding is that of your files: set data.train_path'),
    ):
        with pytest.raises(ValueError, match=error):
            instruct_settings(argv)
