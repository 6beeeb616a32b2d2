"Other people's clients, each a script in an environment of its own (`make peers`): what they get."

import json
import os
import subprocess
from pathlib import Path
from threading import Event

import pytest
from conftest import ROOT, until
from test_serve import alone, chat_model

from llm_book.model.gpt import GPTModel
from llm_book.serve.api import LOOPBACK, serve_in_thread
from llm_book.serve.engine import Engine

PEERS = Path(os.environ.get('LLM_BOOK_PEERS', ROOT / '.venv-peers'))
CLIENTS = ROOT / 'tests' / 'clients'
WORDS = 'the fox: 狐狸 "a\\b"'
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not PEERS.is_dir(), reason=f'no environment of peers, {PEERS}: make peers'),
]


class Waiting(GPTModel):
    "A model that computes nothing before it is released."

    def forward(self, *args, **more):
        self.released.wait()
        return super().forward(*args, **more)


@pytest.fixture(scope='module')
def place():
    "A server with a page and a password, its engine, and what releases its model `never`."
    pytest.importorskip('gradio')
    from llm_book.serve.page import web_app

    never = chat_model()
    never.model.__class__ = Waiting
    never.model.released = Event()
    engine = Engine({'m': chat_model(), 'never': never}, waiting=64)
    with serve_in_thread(web_app(engine, password='sesame 7', hosts=LOOPBACK)) as url:
        yield url, engine, never.model.released
        never.model.released.set()


def report_of(script, url):
    "What a client reports."
    node = script.suffix == '.mjs'
    program = 'node' if node else PEERS / 'bin' / 'python'
    env = os.environ | {'NODE_PACKAGES': str(PEERS), 'no_proxy': '127.0.0.1'}
    command = [program, script, url, 'sesame 7', WORDS]
    done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


@pytest.mark.parametrize('script', sorted(CLIENTS.iterdir()), ids=lambda path: path.stem)
def test_a_client(place, script):
    url, engine, released = place
    released.clear()
    report = report_of(script, url)
    assert report['chat'] == report['stream'] == alone(WORDS)
    assert report.get('models', ['m', 'never']) in (['m', 'never'], ['/chat'])
    assert report.get('retrieved', 'm') == 'm'
    assert 'here: m, never' in report['unknown']
    assert report['stranger'] and report['late'] is True
    released.set()
    until(lambda: not engine.queue.tickets)  # who left in the middle frees the place
