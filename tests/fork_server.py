"""Runs commands in forked children of a process that has imported what takes long: torch is loaded once.

A line of JSON on the first file (a descriptor, as argument) asks for a command: module, arguments, folder,
environment, files for the three streams, seconds. A line on the second answers with the exit code, None if
the time was over. A child ends as any program does.
"""

import json
import os
import runpy
import signal
import sys

import jsonargparse  # noqa: F401
import tiktoken  # noqa: F401
import torch.distributed.checkpoint  # noqa: F401
import torch.optim  # noqa: F401
from safetensors import torch as safetensors  # noqa: F401
from torch.utils import tensorboard  # noqa: F401


def become(order):
    "This child's streams, folder, environment and arguments are those of the command."
    os.setsid()
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGCHLD})
    for fd, path in enumerate(order['streams']):
        new = os.open(path, os.O_WRONLY | os.O_APPEND if fd else os.O_RDONLY)
        os.dup2(new, fd)
        os.close(new)
    os.environ.clear()
    os.environ.update(order['env'])
    os.chdir(order['folder'])
    sys.argv = ['-m', *order['args']]
    sys.path[:1] = [os.getcwd(), *order['env'].get('PYTHONPATH', '').split(os.pathsep)]


def wait(child, seconds):
    "The child's exit code, negative for a signal; None if it was killed after this time."
    late = signal.sigtimedwait({signal.SIGCHLD}, seconds) is None
    if late:
        os.killpg(child, signal.SIGKILL)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if late:
        signal.sigwait({signal.SIGCHLD})
    return None if late else code


def serve():
    "Answers orders; in a child, returns the module to run."
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGCHLD})
    orders, answers = open(int(sys.argv[1])), open(int(sys.argv[2]), 'w')
    for line in orders:
        order = json.loads(line)
        child = os.fork()
        if not child:
            orders.close()
            answers.close()
            become(order)
            return order['module']
        print(json.dumps(wait(child, order['seconds'])), file=answers, flush=True)
    sys.exit()


if __name__ == '__main__':
    runpy.run_module(serve(), run_name='__main__', alter_sys=True)
