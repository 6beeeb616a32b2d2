"Nothing is sent elsewhere: the page, the interface and the pipe in a namespace without network, traced."

import json
import os
import shutil
import subprocess
import sys

import pytest
import torch

from llm_book.data.conversations import with_special_tokens
from llm_book.eval.answers import Answer, llm_judge
from llm_book.model.gpt import GPTConfig, GPTModel
from llm_book.serve.api import serve_in_thread
from llm_book.text.chat_template import TEMPLATES
from llm_book.text.tokenizer import train_bpe
from llm_book.tune.sft import save_chat_model

CHATML = TEMPLATES['chatml']
TOK = with_special_tokens(train_bpe(['the fox found a lantern.'], 260), CHATML)

TRACED = """
import fcntl, io, json, socket, struct, sys

if sys.argv[2] == 'alone':  # a fresh namespace has a loopback that is down
    with socket.socket() as s:
        fcntl.ioctl(s, 0x8914, struct.pack('16sh', b'lo', 0x41))
asked = []


def hook(event, args):
    if event in ('socket.connect', 'socket.sendto'):
        asked.append(str(args[1]))
    elif event in ('socket.getaddrinfo', 'socket.gethostbyname'):
        asked.append(str(args[0]))


sys.addaudithook(hook)
import requests
from llm_book import chat
from llm_book.serve.api import LOOPBACK, serve_in_thread
from llm_book.serve.engine import Engine
from llm_book.serve.page import web_app
from llm_book.serve.sessions import open_chat_model

folder = sys.argv[1]
with serve_in_thread(web_app(Engine({'m': open_chat_model(folder)}), hosts=LOOPBACK)) as url:
    codes = [requests.get(url + path).status_code for path in ('/', '/config', '/gradio_api/startup-events')]
    body = {'model': 'm', 'messages': [{'role': 'user', 'content': 'hi'}], 'max_tokens': 3}
    codes.append(requests.post(url + '/v1/chat/completions', json=body).status_code)
sys.stdin = io.TextIOWrapper(io.BytesIO(b'hi'))
sys.stdout, out = io.StringIO(), sys.stdout
chat.main(['-', '--model', folder, '--max_new_tokens', '3'])
sys.stdout = out
try:
    socket.create_connection(('192.0.2.1', 80), 0.01)  # the trace sees what leaves this machine
except OSError:
    pass
print(json.dumps([codes, asked]))
"""


@pytest.fixture(scope='module')
def folder(tmp_path_factory):
    torch.manual_seed(0)
    cfg = GPTConfig(vocab_size=280, context_length=128, emb_dim=16, n_heads=2, n_layers=1, drop_rate=0.0)
    return save_chat_model(GPTModel(cfg), TOK, CHATML, tmp_path_factory.mktemp('secrets') / 'tiny')


def unshared():
    "The command that runs another one without network; [] where the system does not let us."
    words = ['unshare', '--user', '--map-root-user', '--net']
    if not sys.platform.startswith('linux') or not shutil.which('unshare'):
        return []
    return words if subprocess.run([*words, 'true'], capture_output=True).returncode == 0 else []


def test_no_telemetry(folder):
    pytest.importorskip('gradio')
    before, quiet = unshared(), ('https_proxy', 'HF_HUB_OFFLINE', 'GRADIO_ANALYTICS_ENABLED')
    env = {name: value for name, value in os.environ.items() if name not in quiet}
    script = [sys.executable, '-c', TRACED, str(folder), 'alone' if before else 'here']
    done = subprocess.run([*before, *script], env=env, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    codes, asked = json.loads(done.stdout.splitlines()[-1])
    assert codes == [200] * 4
    own = ('127.0.0.1', '::1', 'localhost', '0.0.0.0', 'None')
    elsewhere = [place for place in asked if not any(name in place for name in own)]
    assert elsewhere and all('192.0.2.1' in place for place in elsewhere), elsewhere


@pytest.mark.parametrize('named', [None, 'its own'])
def test_a_judge_gets_no_key_but_its_own(monkeypatch, named):
    monkeypatch.setenv('OPENAI_API_KEY', 'of another service')
    monkeypatch.setenv('LLM_BOOK_JUDGE_KEY', named or '')
    heads = []

    async def judge(scope, receive, send):
        heads.append(dict(scope['headers']).get(b'authorization'))
        reply = json.dumps({'choices': [{'message': {'content': '7'}}]}).encode()
        await send({'type': 'http.response.start', 'status': 200, 'headers': []})
        await send({'type': 'http.response.body', 'body': reply})

    with serve_in_thread(judge) as url:
        answers, asked = [Answer('a', 'stop')], [[{'role': 'user', 'content': 'q'}]]
        assert llm_judge(f'{url}/v1', 'j', asked, answers, ['w']) == [7]
    assert heads == [named and b'Bearer its own']
