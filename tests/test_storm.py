"A thousand hostile requests beside four honest clients: no answer changes, memory and places come back."

import json
import random
import re
import selectors
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from statistics import median

import pytest
import requests
import torch

from llm_book.data.conversations import stop_ids, with_special_tokens
from llm_book.infer.decoding import generate
from llm_book.model.gpt import GPTConfig, GPTModel
from llm_book.serve.api import serve_in_thread
from llm_book.serve.sessions import open_chat_model
from llm_book.text.chat_template import TEMPLATES
from llm_book.text.tokenizer import train_bpe
from llm_book.tune.sft import save_chat_model

pytest.importorskip('uvicorn')
CHATML = TEMPLATES['chatml']
TOK = with_special_tokens(train_bpe(['the fox found a lantern. 狐狸找到了灯笼。'], 270), CHATML)
WORDS = [f'visitor {i}: 你好' for i in range(4)]
TRIES = 5000  # of a client that is refused
REFUSED = Counter()


@pytest.fixture(scope='module')
def folder(tmp_path_factory):
    "A tiny model that hardly ever ends its answers."
    torch.manual_seed(0)
    cfg = GPTConfig(vocab_size=280, context_length=1024, emb_dim=64, n_heads=2, n_layers=2, drop_rate=0.0)
    model = GPTModel(cfg).eval()
    for p in model.parameters():
        torch.nn.init.normal_(p, std=0.3)
    with torch.no_grad():
        model.out_head.weight[stop_ids(CHATML, TOK)] = 0
    return save_chat_model(model, TOK, CHATML, tmp_path_factory.mktemp('storm') / 'tiny')


@contextmanager
def command(folder):
    "The address of `python -m llm_book.chat --api`, and its process."
    with serve_in_thread(lambda scope, receive, send: None) as url:
        port = int(url.rsplit(':')[-1])  # free again in a moment
    args = ['--model', str(folder), '--api', '--port', str(port), '--waiting', '2000', '--device', 'cpu']
    server = subprocess.Popen(
        [sys.executable, '-m', 'llm_book.chat', *args], stderr=subprocess.PIPE, text=True
    )
    threading.Thread(target=lambda: [None for _ in server.stderr], daemon=True).start()
    try:
        while server.poll() is None:
            with socket.socket() as s:
                if s.connect_ex(('127.0.0.1', port)) == 0:
                    break
        yield f'http://127.0.0.1:{port}', server
        server.send_signal(signal.SIGINT)
        server.wait(30)
    finally:
        server.kill()


def ask(words, **more):
    said = [{'role': 'user', 'content': words}]
    return {'model': 'tiny', 'messages': said, 'temperature': 0, 'max_tokens': 24, **more}


def taken(attempt, what):
    "What an attempt gives; a client that is refused, for too many are connected, tries again, not for ever."
    for _ in range(TRIES):
        if (got := attempt()) is not None:
            return got
        REFUSED[what] += 1
    pytest.fail(f'{what}: refused {TRIES} times')


def asked(url, words):
    "The beginning of an answer, or None if the client was refused."
    got = requests.post(f'{url}/v1/chat/completions', json=ask(words, stream=True), stream=True)
    if got.status_code != 503:
        return got
    got.close()


def visit(url, words):
    "An honest client's answer, and the seconds until its first words."
    began, first, text = time.perf_counter(), None, ''
    with taken(lambda: asked(url, words), 'honest') as got:
        assert got.status_code == 200, got.text
        for line in got.iter_lines():
            if line.startswith(b'data: {'):
                words = json.loads(line[6:])['choices'][0]['delta'].get('content', '')
                first = first or (time.perf_counter() - began if words else None)
                text += words
    return text, first


def rounds(url, wanted, goes_on):
    "Four honest clients ask again and again; the seconds to each first word."

    def one(i):
        out = []
        while goes_on(len(out)):
            text, first = visit(url, WORDS[i])
            assert text == wanted[i]
            out.append(first)
        return out

    with ThreadPoolExecutor(4) as pool:
        return sorted(t for out in pool.map(one, range(4)) for t in out)


def post(url, body):
    try:
        return requests.post(f'{url}/v1/chat/completions', json=body, timeout=120).status_code
    except requests.RequestException:  # cut, or not answered in time
        return None


def long_stop(url, rng):
    "A stop text of a megabyte, or as many and long ones as are taken, which nearly fit everywhere."
    stops = rng.choice(
        ['x' * 900_000, '�' * 900_000, ['�' * 999 + c for c in 'abcdefghijklmnop'], ['x' * 1001]]
    )
    return post(url, ask('x', stop=stops))


def many_messages(url, rng):
    "Thousands of messages, with and without truncation."
    n = rng.choice([8000, 2000, 2047])
    turns = [{'role': role, 'content': 'x'} for _ in range(n // 2) for role in ('user', 'assistant')]
    head = [{'role': 'system', 'content': 'x'}] * rng.choice([0, 1500])
    body = ask('x') | {'messages': (head + turns)[-n + 1 :] + [{'role': 'user', 'content': 'x'}]}
    return post(url, body | {'truncation': rng.choice(['auto', 'disabled']), 'max_tokens': 2})


def malformed(url, rng):
    "Not HTTP, not JSON, or JSON that is nonsense; left in the middle."
    body = rng.choice([b'{', b'[' * 5000, b'{"model": "\\ud800"}', b'null', b'9' * 10_000, b'\xff'])
    head = b'POST /v1/chat/completions HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n'
    with socket.create_connection(address(url)) as s:
        s.settimeout(60)
        s.sendall(
            rng.choice([b'\x16\x03\x01' * 50, head, head + b'Content-Length: %d\r\n\r\n' % len(body) + body])
        )


def address(url):
    host, port = url.removeprefix('http://').split(':')
    return host, int(port)


def healthy(url):
    "A connection on which one good request was answered, or None if it was refused."
    s = socket.create_connection(address(url))
    s.sendall(b'GET /health HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n')
    status = s.recv(1000).split(b' ')[1]
    assert status in (b'200', b'503'), status
    if status == b'200':
        return s
    s.close()


def slow_heads(url, n):
    "n connections with one good request each, and then a head that never ends; until the server has cut all."
    watched, cut = selectors.DefaultSelector(), 0
    for _ in range(n):
        s = taken(lambda: healthy(url), 'slow')
        s.sendall(b'POST /v1/chat/compl')
        watched.register(s, selectors.EVENT_READ)
    while cut < n:
        for key, _ in watched.select(60) or pytest.fail('a slow head was not cut'):
            if not key.fileobj.recv(1000):
                watched.unregister(key.fileobj)
                key.fileobj.close()
                cut += 1
    return cut


def disconnects(url, n):
    "n clients ask, all at once, and leave before the answer."
    body = json.dumps(ask('leaves', max_tokens=500)).encode()
    head = b'POST /v1/chat/completions HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n'
    clients = [socket.create_connection(address(url)) for _ in range(n)]
    for s in clients:
        s.sendall(head + b'Content-Length: %d\r\n\r\n' % len(body) + body)
    for s in clients:
        s.close()
    return n


def storm(url, share):
    "The hostile requests, a hundredth of a thousand times `share`; how many there were."
    rng = random.Random(0)
    with ThreadPoolExecutor(12) as pool:
        work = [pool.submit(slow_heads, url, share), pool.submit(disconnects, url, 5 * share)]
        for kind, n in ((long_stop, 15), (many_messages, 15), (malformed, 10)):
            work += [pool.submit(kind, url, random.Random(rng.random())) for _ in range(n * share // 10)]
        found = [w.result() for w in work]
    statuses = found[2:]
    assert {*statuses} <= {200, 400, 413, 503, None}, {*statuses}  # 503: more connections than it holds
    return found[0] + found[1] + len(statuses)


def memory(server):
    "Mebibytes that a process holds."
    return int(re.search(r'VmRSS:\s+(\d+)', open(f'/proc/{server.pid}/status').read())[1]) / 2**10


@pytest.mark.slow
@pytest.mark.process
@pytest.mark.skipif(not sys.platform.startswith('linux'), reason='memory is read from /proc')
def test_a_storm(folder):
    s, wanted = open_chat_model(str(folder)), []
    for words in WORDS:
        ids = s.encode([{'role': 'user', 'content': words}])
        wanted.append(
            TOK.decode(generate(s.model, ids, 24, 0, stop_ids=s.ends, vocab_size=TOK.vocab_size)[0])
        )
    with command(folder) as (url, server):
        storm(url, 10)  # warm: threads, buffers
        calm = rounds(url, wanted, lambda n: n < 25)
        assert not REFUSED['honest'], 'refused without a storm'
        before, over = memory(server), threading.Event()
        with ThreadPoolExecutor(1) as pool:
            honest = pool.submit(rounds, url, wanted, lambda n: n < 5 or not over.is_set())
            began = time.perf_counter()
            try:
                n = storm(url, 100)
            finally:
                over.set()
            seconds, beside = time.perf_counter() - began, honest.result()
        refused = REFUSED['honest']
        after_storm = rounds(url, wanted, lambda n: n < 25)
        assert REFUSED['honest'] == refused, 'refused after the storm'
        queue = requests.get(f'{url}/v1/queue').json()
        grown = memory(server) - before
    ms = lambda times: (
        f'median {1000 * median(times):.0f} ms, worst {1000 * times[-1]:.0f} ms ({len(times)} answers)'
    )
    print(
        f'\n{n} hostile requests in {seconds:.0f} s; first word alone: {ms(calm)}; beside: {ms(beside)}; '
        f'afterwards: {ms(after_storm)}; refused {refused} times; memory {before:.0f} MiB, {grown:+.0f} MiB'
    )
    assert n >= 1000 and queue['running'] == queue['waiting'] == 0
    assert grown < 50, f'{grown:.0f} MiB were not given back'
