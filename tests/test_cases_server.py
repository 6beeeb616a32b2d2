"The server as clients really use it: the cases V of issue 20, part 2 of issue 21, with our own variations."

import json
import socket
import threading

import pytest
import requests
import torch

from llm_book.chat import ChatConfig, check_password
from llm_book.data.conversations import stop_ids, with_special_tokens
from llm_book.infer.decoding import generate
from llm_book.model.gpt import GPTConfig, GPTModel
from llm_book.serve.api import LOOPBACK, make_app, make_server, serve_in_thread
from llm_book.serve.engine import Engine
from llm_book.serve.history import truncate_history
from llm_book.serve.messages import validate_messages
from llm_book.serve.protocol import ALLOWED_VALUES, MAX_NEW_TOKENS, Limits, APIError, sampling_of
from llm_book.serve.sessions import PLAIN_TEMPLATE, Sampling, ChatModel
from llm_book.text.chat_template import TEMPLATES
from llm_book.text.tokenizer import train_bpe

pytest.importorskip('uvicorn')
CHATML = TEMPLATES['chatml']
TOK = with_special_tokens(train_bpe(['the fox found a lantern. 狐狸找到了灯笼。'], 270), CHATML)
LETTERS = {'s': 'system', 'd': 'developer', 'u': 'user', 'a': 'assistant'}


def chat_model(template=CHATML, context=256):
    torch.manual_seed(0)
    model = GPTModel(
        GPTConfig(vocab_size=280, context_length=context, emb_dim=16, n_heads=2, n_layers=1, drop_rate=0.0)
    ).eval()
    return ChatModel(model, TOK, template, stop_ids(CHATML, TOK), 'm')


def talk(form):
    return [{'role': LETTERS[c], 'content': f'{c}{i}'} for i, c in enumerate(form)]


@pytest.fixture(scope='module')
def url():
    "A server that wants a key, with two models, open to pages of one site."
    engine = Engine({'m': chat_model(), 'org/m 2': chat_model()}, waiting=64)
    with serve_in_thread(
        make_app(engine, 'secret', Limits(seconds=5), origins=('https://page.example',))
    ) as url:
        yield url


KEY = {'Authorization': 'Bearer secret'}


def post(url, messages, **more):
    body = {'model': 'm', 'messages': messages, 'max_tokens': 3, **more}
    return requests.post(f'{url}/v1/chat/completions', json=body, headers=KEY, timeout=60)


NULL = {'role': 'assistant', 'content': None}


@pytest.mark.parametrize(
    'messages',
    [
        talk('uu'),
        talk('au'),
        talk('ssu'),
        [*talk('u'), NULL, *talk('u')],
        talk('sdsuuu'),
        talk('uaau'),
        talk('sauuau'),
        [*talk('u'), {'role': 'assistant'}, *talk('u')],
    ],
)
def test_v01_orders_of_roles_that_clients_send(url, messages):
    got = post(url, messages)
    assert got.status_code == 200 and got.json()['usage']['completion_tokens'] > 0


def test_v01_the_prompt_is_that_of_the_template(url):
    s = chat_model()
    shown = lambda form: TOK.decode(s.prompt(talk(form))[0])
    one = lambda role, words: f'<|im_start|>{role}\n{words}<|im_end|>\n'
    assert (
        shown('auu')
        == one('assistant', 'a0') + one('user', 'u1') + one('user', 'u2') + '<|im_start|>assistant\n'
    )
    assert shown('sdu') == one('system', 's0\n\nd1') + one('user', 'u2') + '<|im_start|>assistant\n'
    assert (
        TOK.decode(chat_model(PLAIN_TEMPLATE).prompt(talk('uuau'))[0]) == 'u0\n\nu1a2\nu3'
    )  # nothing marks turns here
    asked, dropped = chat_model(TEMPLATES['alpaca']).prompt(talk('suauu'))
    assert 's0\n\nu3\n\nu4' in TOK.decode(asked) and dropped == 2  # both questions of the end


@pytest.mark.parametrize('form,status', [('uaa', 400), ('s', 400), ('uasu', 400), ('a', 400), ('sa', 400)])
def test_v01_what_cannot_be_answered_is_refused(url, form, status):
    got = post(url, talk(form)).json()['error']
    assert got['param'] == 'messages' and (
        'last message' in got['message'] or 'system message' in got['message']
    )


@pytest.mark.parametrize('form', ['auauau', 'uuauuauu', 'suuaauauu', 'suauau' + 'uau' * 5])
@pytest.mark.parametrize('room', [4, 5, 8, 12])
def test_v01_windows_cut_between_turns(form, room):
    messages = validate_messages(talk(form))
    kept = truncate_history(messages, len, room)
    head = messages[0]['role'] == 'system'
    rest = kept[head:]
    assert (
        len(kept) <= room and rest == messages[len(messages) - len(rest) :] and kept[:head] == messages[:head]
    )
    if len(kept) < len(messages):
        before = messages[len(messages) - len(rest) - 1]['role']
        assert rest[0]['role'] == 'user' and before == 'assistant'  # no question loses its half
    else:
        assert kept == messages


GIVEN = Sampling(0.5, top_k=7, max_new_tokens=9)


@pytest.mark.parametrize('name', ['max_tokens', 'max_completion_tokens'])
def test_v03_lengths(url, name):
    for length in (100_000_000, -1, MAX_NEW_TOKENS + 1, 10**40):
        assert sampling_of({name: length}, GIVEN).max_new_tokens == MAX_NEW_TOKENS
    assert sampling_of({name: None}, GIVEN).max_new_tokens == 9
    for length in (0, -2, '5', 2.5, True, [1]):
        with pytest.raises(APIError, match=f'^{name} ') as e:
            sampling_of({name: length}, GIVEN)
        assert e.value.param == name and 'max_new_tokens' not in str(e.value)
    got = post(url, talk('u'), **{'max_tokens': None, name: 100_000_000}).json()
    assert got['usage']['total_tokens'] <= 257  # the context ends it
    assert post(url, talk('u'), max_tokens=0).json()['error']['message'] == 'max_tokens 0: use 1 or more'


@pytest.mark.parametrize(
    'body,name,value',
    [
        ({'top_k': -1}, 'top_k', None),
        ({'top_k': 0}, 'top_k', None),
        ({'top_k': 3}, 'top_k', 3),
        ({'stop': ['']}, 'stop', ()),
        ({'stop': ''}, 'stop', ()),
        ({'stop': ['', 'x']}, 'stop', ('x',)),
    ],
)
def test_v03_what_other_servers_take_as_no_limit(url, body, name, value):
    assert getattr(sampling_of(body, GIVEN), name) == value
    assert post(url, talk('u'), **body).status_code == 200


def test_v03_a_limit_that_means_nothing_is_named():
    with pytest.raises(APIError, match='top_k -5') as e:
        sampling_of({'top_k': -5}, GIVEN)
    assert e.value.param == 'top_k'


@pytest.mark.parametrize(
    'key,status',
    [
        ('Bearer secret', 200),
        ('bearer secret', 200),
        ('BEARER  secret', 200),
        ('secret', 401),
        ('Basic secret', 401),
        ('bearer Secret', 401),
        ('bearer', 401),
        ('', 401),
    ],
)
def test_v04_the_scheme_in_any_case_and_the_key_as_it_is(url, key, status):
    assert requests.get(f'{url}/v1/models', headers={'Authorization': key}).status_code == status


def test_v04_one_model(url):
    get = lambda name: requests.get(f'{url}/v1/models/{name}', headers=KEY)
    assert get('m').json()['id'] == 'm' and get('org/m%202').json()['id'] == 'org/m 2'
    assert get('gpt').status_code == 404 and get('gpt').json()['error']['code'] == 'model_not_found'
    assert requests.get(f'{url}/v1/models/m').status_code == 401
    openai = pytest.importorskip('openai')
    with openai.OpenAI(base_url=f'{url}/v1', api_key='secret', max_retries=0) as client:
        assert client.models.retrieve('m').id == 'm'
        with pytest.raises(openai.NotFoundError, match='here: m'):
            client.models.retrieve('gpt')


def test_v04_pages_of_other_sites(url):
    asks = {
        'Access-Control-Request-Method': 'POST',
        'Access-Control-Request-Headers': 'authorization,content-type',
    }
    ask = lambda place, page: requests.options(
        f'{place}/v1/chat/completions', headers=asks | {'Origin': page}
    )
    allowed = ask(url, 'https://page.example')
    assert (
        allowed.status_code == 200
        and allowed.headers['access-control-allow-origin'] == 'https://page.example'
    )
    assert 'access-control-allow-origin' not in ask(url, 'https://other.example').headers
    wrong = requests.get(f'{url}/v1/models', headers={'Origin': 'https://page.example'})
    assert (
        wrong.status_code == 401 and wrong.headers['access-control-allow-origin'] == 'https://page.example'
    )  # the page reads why
    with serve_in_thread(make_app(Engine({'m': chat_model()}))) as closed:
        assert 'access-control-allow-origin' not in ask(closed, 'https://page.example').headers


def test_v04_the_command_takes_origins_for_the_interface_alone():
    assert ChatConfig(origins=['*'], api=True).origins == ['*']
    with pytest.raises(ValueError, match='origins'):
        ChatConfig(origins=['*'])


# ---- issue 21


@pytest.mark.parametrize(
    'name', sorted({*ALLOWED_VALUES, 'stop', 'seed', 'top_k', 'stream', 'truncation', 'new'})
)
def test_null_is_as_good_as_left_out(url, name):
    got = post(url, talk('u'), **{name: None})
    assert got.status_code == 200 and 'notes' not in got.json()


def test_unknown_fields_are_ignored_with_a_note(url):
    got = post(url, talk('u'), seed=1, temprature=0.1, prediction={'type': 'content'})
    wanted = post(url, talk('u'), seed=1)
    assert got.json()['choices'] == wanted.json()['choices']
    first, second = got.json()['notes']
    assert "'temprature' is not known: ignored" in first and 'temperature' in first and 'prediction' in second
    many = post(url, talk('u'), **{f'field{i}' * 20: i for i in range(500)}).json()['notes']
    assert len(many) < 10 and all(len(note) < 200 for note in many)
    lines = post(url, talk('u'), temprature=0.1, stream=True).text.splitlines()
    chunks = [json.loads(line[6:]) for line in lines if line.startswith('data: {')]
    assert ['notes' in chunk for chunk in chunks] == [True] + [False] * (len(chunks) - 1)


@pytest.mark.parametrize(
    'field',
    [
        {'n': 2},
        {'logprobs': True},
        {'tools': [{'type': 'function'}]},
        {'response_format': {'type': 'json_object'}},
        {'guided_json': {}},
        {'logit_bias': {'5': 1}},
        {'presence_penalty': 1},
        {'tool_choice': 'required'},
        {'stop': ['x'] * 17},
        {'stop': 'x' * 1001},
        {'stop': 7},
        {'chat_template_kwargs': {'a': [1]}},
        {'chat_template_kwargs': 7},
        {'stream_options': 7},
    ],
    ids=lambda field: next(iter(field)),
)
def test_what_cannot_be_done_is_refused_by_its_name(url, field):
    got = post(url, talk('u'), **field)
    assert got.status_code == 400 and next(iter(field)) in got.json()['error']['message']


def test_an_answer_that_the_client_begins(url):
    "The prompt is that of the template with the beginning after it; the answer is what follows."
    s = chat_model()
    messages = [*talk('u'), {'role': 'assistant', 'content': 'the fox'}]
    assert s.prompt(messages)[0] == s.prompt(talk('u'))[0] + TOK.encode('the fox')
    whole = post(url, talk('u'), temperature=0, max_tokens=12).json()['choices'][0]['message']['content']
    begun = [*talk('u'), {'role': 'assistant', 'content': [{'type': 'text', 'text': 'the'}]}]
    said = post(url, begun, temperature=0, max_tokens=5).json()
    ids = s.prompt(talk('u'))[0] + TOK.encode('the')
    wanted = generate(s.model, ids, 5, 0, stop_ids=s.ends, vocab_size=TOK.vocab_size)[0]
    assert said['choices'][0]['message']['content'] == TOK.decode(wanted)
    assert said['usage']['prompt_tokens'] == len(ids)
    silent = post(url, [*talk('u'), NULL], temperature=0, max_tokens=12).json()  # a call of a tool, no words
    assert silent['choices'][0]['message']['content'] == whole
    long = [*talk('u'), {'role': 'assistant', 'content': 'the fox ' * 200}]
    assert post(url, long).json()['error']['code'] == 'context_length_exceeded'


def test_messages_are_bounded_and_read_in_linear_work(url, monkeypatch):
    got = post(url, talk('u' * 5000)).json()['error']
    assert got['param'] == 'messages' and '5,000 entries' in got['message']
    s, read = chat_model(), []
    encode = ChatModel.encode
    monkeypatch.setattr(
        ChatModel, 'encode', lambda self, m, o=None: read.append(len(m)) or encode(self, m, o)
    )
    for n in (500, 1000, 2000):
        read.clear()
        assert s.prompt(talk('ua' * n + 'u'))[1] > 0
        assert sum(read) < 60 * 2 * n, 'messages are encoded again and again'


def cached(url, session=requests, key=None, **more):
    "How many tokens of a prompt are said to be known."
    head = {'Authorization': f'Bearer {key}'} if key else {}
    body = {'model': 'm', 'messages': talk('u'), 'max_tokens': 2, **more}
    got = session.post(f'{url}/v1/chat/completions', json=body, headers=head, timeout=60).json()
    return got['usage']['prompt_tokens_details']['cached_tokens']


@pytest.mark.parametrize('shared', [False, True])
def test_nobody_learns_what_others_asked(shared):
    engine = Engine({'m': chat_model()}, waiting=64)
    engine.models['m'].prefixes.shared = shared  # --share_prefixes
    engine.models['m'].prefixes.most = 16
    with serve_in_thread(make_app(engine, origins=('*',))) as url:
        cached(url, key='a')
        with requests.Session() as mine, requests.Session() as yours:
            first = [cached(url, mine), cached(url, yours), cached(url), cached(url, key='b')]
            first += [cached(url, key='a', user='x'), cached(url, key='a', prompt_cache_key='x')]
            own = [
                cached(url, mine),
                cached(url, yours),
                cached(url, key='b'),
                cached(url, key='a', user='x'),
            ]
        assert all(own) and all(first) == shared and any(first) == shared
        mine = {'Authorization': 'Bearer a', 'Origin': 'https://page.example'}
        body = {'model': 'm', 'messages': talk('u'), 'max_tokens': 2}
        got = requests.post(f'{url}/v1/chat/completions', json=body, headers=mine).json()['usage']
        assert bool(got['prompt_tokens_details']['cached_tokens']) == shared


def test_health_needs_no_key_and_tells_nothing(url):
    got = requests.get(f'{url}/health')
    assert (got.status_code, got.json()) == (200, {'status': 'ok'})
    assert requests.get(f'{url}/v1/queue').status_code == 401


@pytest.mark.parametrize(
    'password', ['pässwörd', '密码 🦊', 'a:b', 'two  words', 'x' * 1000, '"q"\\', 'null', '%41+']
)
def test_any_password_works(password):
    check_password(password)
    with serve_in_thread(make_app(Engine({'m': chat_model()}), password)) as url:
        for key in {password.encode(), password.encode('latin-1' if 'ä' in password else 'utf-8')}:
            ask = lambda key: requests.get(f'{url}/v1/models', headers={'Authorization': b'Bearer ' + key})
            assert ask(key).status_code == 200
            assert ask(key + b'x').status_code == ask(key[:-1]).status_code == 401
        assert ask(password.encode('ascii', 'ignore')).status_code == (200 if password.isascii() else 401)


@pytest.mark.parametrize('password', [' a', 'a ', 'a\nb', 'a\x00', '\ud800', 'x' * 1001, '\u3000a', '\x7f'])
def test_a_password_that_cannot_be_sent_is_refused(password):
    with pytest.raises(ValueError, match='^password: ') as e:
        ChatConfig(password=password)
    assert len(password) < 3 or password not in str(e.value)


def test_the_server_on_ipv6():
    with socket.socket(socket.AF_INET6) as s:
        s.bind(('::1', 0))
        port = s.getsockname()[1]
    assert ChatConfig(host='[::1]').host == '::1'
    server = make_server(make_app(Engine({'m': chat_model()}), hosts=LOOPBACK), '::1', port)
    listening = socket.create_server(('::1', port), family=socket.AF_INET6)
    thread = threading.Thread(target=server.run, args=[[listening]], daemon=True)
    thread.start()
    try:
        assert requests.get(f'http://[::1]:{port}/v1/models').status_code == 200
        evil = requests.get(f'http://[::1]:{port}/v1/models', headers={'Host': 'evil.example'})
        assert evil.status_code == 400
    finally:
        server.should_exit = True
        thread.join(10)
