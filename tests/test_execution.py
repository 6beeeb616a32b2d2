"""Cells that are run in a kernel: nothing may wait for a message that is there."""

import asyncio
import sys
from types import SimpleNamespace

from conftest import ROOT

sys.path.insert(0, str(ROOT / 'tools'))
from execution import look_after_sending


async def ask():
    "A reply that comes between waiting for it and sending another message."
    import zmq.asyncio

    theirs, ours = zmq.Context().socket(zmq.DEALER), zmq.asyncio.Context().socket(zmq.DEALER)
    ours.connect(f'tcp://127.0.0.1:{theirs.bind_to_random_port("tcp://127.0.0.1")}')
    past_asyncio = zmq.Socket.shadow(ours.underlying)  # as jupyter_client sends
    channel = SimpleNamespace(socket=ours, send=past_asyncio.send)
    look_after_sending(channel)
    past_asyncio.send(b'question')
    theirs.recv()
    reply = asyncio.ensure_future(ours.recv())
    await asyncio.sleep(0)  # now it waits for the reply
    theirs.send(b'reply')
    past_asyncio.poll()  # it has come, and asyncio does not know
    channel.send(b'more')
    try:
        return await asyncio.wait_for(reply, 60)
    finally:
        theirs.context.destroy(0)
        ours.context.destroy(0)


def test_a_reply_that_comes_while_a_message_is_sent_is_seen():
    assert asyncio.run(ask()) == b'reply'
