"The chat in a real browser, in a real terminal, through a pipe; and the same answer everywhere."

import os
import shutil
import signal
import subprocess
import sys

import pytest
import requests
import torch
from conftest import until
from lab import chromium

from llm_book.data.conversations import stop_ids, with_special_tokens
from llm_book.infer.decoding import generate
from llm_book.model.gpt import GPTConfig, GPTModel
from llm_book.tune.sft import save_chat_model
from llm_book.serve.sessions import Sampling, open_chat_model
from llm_book.serve.api import LOOPBACK, serve_in_thread
from llm_book.serve.engine import Engine
from llm_book.text.chat_template import TEMPLATES
from llm_book.text.tokenizer import train_bpe
from llm_book.model.hub import save_pretrained
from llm_book.text.tokenizer_files import save_hf

CHATML = TEMPLATES['chatml']
TOK = with_special_tokens(train_bpe(['the fox found a lantern. 狐狸找到了灯笼。'], 270), CHATML)
EN, ZH = 'the fox found', '狐狸找到了'


@pytest.fixture(scope='module')
def home(tmp_path_factory):
    "Folders of three models: two that answer, one without template."
    home = tmp_path_factory.mktemp('models')
    for seed, name in enumerate(('before', 'after', 'base')):
        torch.manual_seed(seed)
        model = GPTModel(
            GPTConfig(vocab_size=280, context_length=4096, emb_dim=128, n_heads=2, n_layers=4, drop_rate=0.0)
        ).eval()
        for p in model.parameters():
            torch.nn.init.normal_(p, std=0.2)
        with torch.no_grad():
            model.out_head.weight[stop_ids(CHATML, TOK)] = 0  # it hardly ever ends
        if name == 'base':
            save_pretrained(model, home / name)
            save_hf(TOK, home / name, 4096)
        else:
            save_chat_model(model, TOK, CHATML, home / name)
    return home


def by_generate(folder, words, **sampling):
    "What `generate` says to a question."
    s, c = open_chat_model(str(folder)), Sampling(**sampling)
    ids = generate(
        s.model,
        s.encode([{'role': 'user', 'content': words}]),
        c.max_new_tokens,
        stop_ids=s.ends,
        seed=c.seed,
        vocab_size=TOK.vocab_size,
        **c.drawing(),
    )[0]
    return TOK.decode(ids)


def test_pipe(run, home):
    done = run(
        'llm_book.chat', '-', '--model', home / 'after', '--max_new_tokens', 12, '--seed', 3, input=f'{ZH}\n'
    )
    assert done.stdout == by_generate(home / 'after', ZH, max_new_tokens=12, seed=3) + '\n'
    assert 'as long as allowed' in done.stderr or 'the model ended it' in done.stderr
    done = run('llm_book.chat', '-', '--model', home / 'base', '--max_new_tokens', 5, input=EN)
    assert 'no template' in done.stderr


def test_bad_input(run, refused, home, tmp_path):
    folder = str(home / 'after')
    assert 'is empty' in refused('llm_book.chat', '-', '--model', folder, input='  \n')
    assert 'no folder' in refused('llm_book.chat', '-', '--model', './nothing', input='x')
    shutil.copytree(home / 'after', tmp_path / 'half')
    (tmp_path / 'half' / 'model.safetensors').unlink()
    assert 'holds no model.safetensors' in refused(
        'llm_book.chat', '--terminal', '--model', str(tmp_path / 'half')
    )
    assert 'temperature -1' in refused('llm_book.chat', '--terminal', '--model', folder, '--temperature=-1')
    assert 'set --password' in refused('llm_book.chat', '--model', folder, '--host', '0.0.0.0')
    assert 'temperature' in refused('llm_book.chat', '--temprature', 1)
    assert 'context is full' in refused('llm_book.chat', '-', '--model', folder, input='x' * 9000)
    assert 'UTF-8' in refused('llm_book.chat', '-', '--model', folder, input=b'\xff\xfe')
    with serve_in_thread(lambda scope, receive, send: None) as url:
        port = url.rsplit(':')[-1]
        assert f'port {port} is in use; the next free one: --port' in refused(
            'llm_book.chat', '--api', '--model', folder, '--port', port
        )


@pytest.mark.process
def test_terminal_stops_on_ctrl_c(home):
    pexpect = pytest.importorskip('pexpect')
    child = pexpect.spawn(
        sys.executable,
        [
            '-m',
            'llm_book.chat',
            '--terminal',
            '--model',
            str(home / 'after'),
            '--max_new_tokens',
            '4000',
            '--temperature',
            '0',
        ],
        encoding='utf-8',
        codec_errors='replace',
        timeout=600,
        env=os.environ | {'TERM': 'dumb'},
    )
    child.expect('> ')
    child.sendline(ZH)
    child.expect_exact(ZH)  # the terminal's echo
    child.expect(r'\w')  # the answer has begun
    child.sendintr()
    child.expect(r'\[\d+ tokens.*stopped\]')
    child.sendline('/set max_new_tokens 3')
    child.sendline('again')
    child.expect(r'\[3 tokens|the model ended it')
    child.sendline('\x10')
    child.sendline('/quit')
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 0


def listed(port):
    "What a server lists as its models; None before it listens."
    try:
        return requests.get(f'http://127.0.0.1:{port}/v1/models').json()
    except requests.ConnectionError:
        return None


@pytest.mark.process
def test_the_command_serves_and_ends(home, tmp_path):
    with serve_in_thread(lambda scope, receive, send: None) as url:
        port = url.rsplit(':')[-1]
    server = subprocess.Popen(
        [sys.executable, '-m', 'llm_book.chat', '--model', str(home / 'after'), '--api', '--port', port],
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert f'http://127.0.0.1:{port}/v1' in server.stderr.readline()
        models = until(lambda: listed(port))
        assert models['data'][0]['id'] == 'after'
        if os.path.exists('/proc/net/tcp'):  # loopback only
            rows = [row.split() for row in open('/proc/net/tcp').readlines()[1:]]
            assert {
                r[1].split(':')[0] for r in rows if r[3] == '0A' and int(r[1].split(':')[1], 16) == int(port)
            } == {'0100007F'}
        server.send_signal(signal.SIGINT)
        assert server.wait(600) in (0, 130)
    finally:
        if server.poll() is None:
            server.kill()


def test_little_world_is_trained_once(monkeypatch, tmp_path):
    from llm_book import chat
    from llm_book.core.runs import write_settings

    monkeypatch.setenv('LLM_PROJECT_ROOT', str(tmp_path))
    ran = []

    def train(args, **options):
        ran.append(args[2])
        write_settings(
            tmp_path / 'logs' / ('pretraining' if 'pretrain' in args[2] else 'instruction') / 'tales',
            {},
            finished=True,
        )
        return subprocess.CompletedProcess(args, 0)

    monkeypatch.setattr(chat.subprocess, 'run', train)
    said = []
    assert (
        chat.little_world(said.append)
        == chat.little_world(said.append)
        == str(tmp_path / 'logs' / 'instruction' / 'tales')
    )
    assert ran == ['llm_book.pretrain', 'llm_book.instruct'] and len(said) == 2


# ---- the page, in a browser


@pytest.fixture(scope='module')
def site(home):
    pytest.importorskip('gradio')
    from llm_book.serve.page import web_app

    models = {n: open_chat_model(str(home / n)) for n in ('before', 'after')}
    engine = Engine(models, Sampling(1.0, max_new_tokens=60))
    with serve_in_thread(web_app(engine, hosts=LOOPBACK)) as url:
        yield url, engine


@pytest.fixture(scope='module')
def browser():
    with chromium() as browser:
        yield browser


class Visit:
    "A page of the chat, and what it asked for and complained of."

    def __init__(self, browser, url, width=1280, height=900, dark=False, lang='en-US'):
        self.context = browser.new_context(
            viewport={'width': width, 'height': height}, locale=lang, color_scheme='dark' if dark else 'light'
        )
        self.context.set_default_timeout(600_000)
        self.page, self.elsewhere, self.errors = self.context.new_page(), [], []
        self.page.on(
            'request',
            lambda r: self.elsewhere.append(r.url) if not r.url.startswith((url, 'data:', 'blob:')) else None,
        )
        self.page.on('console', lambda m: self.errors.append(m.text) if m.type == 'error' else None)
        self.page.on('pageerror', lambda e: self.errors.append(str(e)))
        self.page.goto(url)
        self.page.locator('#box textarea').wait_for()

    def bots(self):
        return self.page.locator('[data-testid="bot"]').all_inner_texts()

    def status(self):
        return self.page.locator('#status').inner_text()

    def say(self, words):
        box = self.page.locator('#box textarea')
        self.until(lambda: box.fill(words) or box.input_value() == words)
        self.page.locator('#send').click()

    def until(self, condition):
        "As `until`; the browser goes on meanwhile."
        try:
            until(lambda: condition() or self.page.wait_for_timeout(50))
        except AssertionError as e:
            raise AssertionError(self.status(), self.bots(), self.errors) from e

    def done(self):
        look = (
            "() => { const [send, stop, status] = "
            "['send', 'stop', 'status'].map(i => document.getElementById(i));"
            "return !send.disabled && stop.disabled && status.innerText.includes('token') }"
        )
        self.until(lambda: self.page.evaluate(look))  # in one look: between two the page goes on

    def shot(self, name):
        if os.environ.get('LLM_BOOK_SHOTS'):
            self.page.screenshot(path=f'{os.environ["LLM_BOOK_SHOTS"]}/{name}.png', full_page=True)


def slide(visit, label, value):
    "Set a slider: again, until the page, which may still be building it, has taken the value."

    def moved():
        box = visit.page.locator('input[type=number]').nth(label)
        box.fill(str(value))
        box.press('Enter')
        return visit.page.locator('input[type=range]').nth(label).input_value() == str(value)

    visit.until(moved)


@pytest.mark.browser
def test_a_visit(site, browser, home):
    url, engine = site
    v = Visit(browser, url)
    v.say(EN)
    lengths = []
    v.until(lambda: lengths.append(len(''.join(v.bots()))) or 'tokens' in v.status())
    v.done()
    assert len(v.bots()) == 2 and v.bots()[0].strip() and v.status().count('tokens') == 2
    v.page.locator('#settings button').first.click()
    slide(v, 0, 0)  # temperature
    slide(v, 3, 4000)  # longest answer
    v.say(ZH)
    v.until(lambda: len(v.bots()) >= 3 and len(v.bots()[-1]) > 5)
    grown = [len(''.join(v.bots()))]
    v.until(lambda: len(''.join(v.bots())) > grown[0])
    v.page.locator('#stop').click()
    v.done()
    assert 'stopped' in v.status() and not engine.queue.tickets
    slide(v, 3, 12)
    v.page.locator('#retry').click()
    v.until(lambda: 'stopped' not in v.status())
    v.done()
    v.until(lambda: len(v.bots()) == 4)
    first, second = (
        by_generate(home / n, EN, temperature=1.0, max_new_tokens=60) for n in ('before', 'after')
    )
    assert ''.join(v.bots()[0].split()) == ''.join(first.split())  # the page's answer is generate's
    tokens = v.page.locator('#strip .textspan, #strip .token')
    assert tokens.count() == 12
    tokens.nth(2).click()
    v.until(lambda: v.page.locator('.rival').count() >= 10)
    assert v.page.locator('.rival b').count() == 1
    v.shot('desktop')
    v.say('   ')
    v.until(lambda: 'empty' in v.status())
    v.say('x' * 9000)
    v.until(lambda: 'context is full' in v.status())
    assert v.elsewhere == [] and v.errors == []
    v.context.close()


@pytest.mark.browser
def test_a_phone_in_chinese_at_night(site, browser):
    v = Visit(browser, site[0], width=390, height=844, dark=True, lang='zh-CN')
    v.until(lambda: '发送' in v.page.locator('#send').inner_text())
    v.say(ZH)
    v.done()
    assert '个 token' in v.status()
    wide = v.page.evaluate('document.documentElement.scrollWidth')
    assert wide <= 390, f'the page is {wide} wide'
    v.page.locator('#strip .textspan, #strip .token').nth(1).click()
    v.until(lambda: v.page.locator('.rival').count() >= 10)
    v.shot('phone-dark')
    assert v.elsewhere == [] and v.errors == []
    v.context.close()


@pytest.mark.browser
def test_one_answer_at_a_time_and_a_new_chat(site, browser):
    url, engine = site
    v = Visit(browser, url)
    questions = lambda: v.page.locator('[data-testid="user"]').count()
    v.page.locator('#settings button').first.click()
    slide(v, 3, 4000)  # longest answer
    v.say(ZH)
    v.until(lambda: len(''.join(v.bots())) > 5)
    v.page.locator('#box textarea').fill(EN)
    v.page.locator('#box textarea').press('Enter')  # the button is off, the key is not
    v.page.locator('#retry').click()
    grown = len(''.join(v.bots()))
    v.until(lambda: len(''.join(v.bots())) > grown + 20)
    assert questions() == 2 and len(engine.queue.tickets) == 1  # one for each of two models
    v.page.locator('#new').click()
    v.until(lambda: not engine.queue.tickets and questions() == 0)
    slide(v, 3, 5)
    v.say(EN)  # nothing of the answer before comes back
    v.done()
    assert questions() == 2 and len(v.bots()) == 2 and v.errors == []
    v.context.close()


@pytest.mark.browser
def test_who_closes_the_page_frees_the_place(site, browser):
    url, engine = site
    v, w = Visit(browser, url), Visit(browser, url)
    for visit in (v, w):
        visit.page.locator('#settings button').first.click()
        slide(visit, 0, 0)
        slide(visit, 3, 4000)
    v.say(EN)
    v.until(lambda: len(engine.queue.tickets) == 1)
    w.say(EN)
    w.until(lambda: 'place 1 in the line' in w.status())
    v.context.close()
    w.until(lambda: 'tokens' in w.status())
    w.context.close()
    until(lambda: not engine.queue.tickets)


@pytest.mark.browser
def test_a_password_is_asked_for(home, browser):
    pytest.importorskip('gradio')
    from llm_book.serve.page import web_app

    with serve_in_thread(
        web_app(Engine({'after': open_chat_model(str(home / 'after'))}), password='sesame', hosts=LOOPBACK)
    ) as url:
        assert requests.get(f'{url}/v1/models').status_code == 401 and 'after' not in requests.get(url).text
        page = browser.new_page()
        page.goto(url)
        page.get_by_label('username').fill('me')
        page.get_by_label('password').fill('sesame')
        page.get_by_role('button', name='Login').click()
        page.locator('#box textarea').wait_for(timeout=600_000)
        page.close()
