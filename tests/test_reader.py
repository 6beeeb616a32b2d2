"The reader's tools in a kernel, as JupyterLab drives it: endless answers, the record, a restart."

import json
import os

import pytest
from jupyter_client.manager import start_new_kernel

pytestmark = [pytest.mark.clock, pytest.mark.process]
CHECK = '''from llm_book.core.exercises import checker, hint
from llm_book.core.reader import chapter, progress, reset

@checker
def check(f):
    got = f()
    if got != 1:
        return f'expected 1, got {got}'
'''
ANSWERS = {
    'loops': 'def f():\n    while True: pass',
    'swallows': 'def f():\n    while True:\n        try: sum(range(9))\n        except: pass',
    'sleeps': 'def f():\n    import time\n    time.sleep(600)',
    'leaves': 'def f(): raise SystemExit(3)',
    'raises': 'def f(): return [][0]',
    'nothing': 'def f(): ...',
    'wrong type': 'def f(): return "one"',
}


class Lab:
    "A kernel that is told what JupyterLab tells it: the notebook's path and the id of each cell."

    def __init__(self, folder):
        env = os.environ | {
            'JPY_SESSION_NAME': str(folder / 'nbs' / '2_model' / '1_attention.ipynb'),
            'LLM_BOOK_READER': str(folder / 'progress.json'),
        }
        self.manager, self.client = start_new_kernel(env=env, cwd=str(folder))

    def run(self, code, cell='a'):
        "Run a cell; what it prints. It must not raise."
        content = {'code': code, 'silent': False, 'store_history': True, 'user_expressions': {}}
        content |= {'allow_stdin': False, 'stop_on_error': True}
        message = self.client.session.msg('execute_request', content, metadata={'cellId': cell})
        self.client.shell_channel.send(message)
        out = []
        while True:
            said = self.client.get_iopub_msg(timeout=600)
            if said['parent_header'].get('msg_id') != message['header']['msg_id']:
                continue
            assert said['msg_type'] != 'error', said['content']['traceback'][-1]
            if said['msg_type'] == 'stream' and said['content']['name'] == 'stdout':
                out.append(said['content']['text'])
            if said['msg_type'] == 'status' and said['content']['execution_state'] == 'idle':
                return ''.join(out)

    def close(self):
        self.client.stop_channels()
        self.manager.shutdown_kernel(now=True)


@pytest.fixture
def lab(tmp_path):
    lab = Lab(tmp_path)
    lab.run(CHECK.replace('@checker\n', '@checker("ex9", seconds=0.3)\n'))
    yield lab
    lab.close()


def record(folder):
    return json.loads((folder / 'progress.json').read_text())['chapters']['2_model/1_attention']


def test_whatever_an_answer_does_is_one_sentence_and_the_kernel_goes_on(lab, tmp_path):
    for what, answer in ANSWERS.items():
        lab.run(answer)
        said = lab.run('check(f)', 'ex9-check')
        assert said.startswith('✗ ') and said.count('\n') == 1 and 'Traceback' not in said, (what, said)
    assert lab.run('import threading; print(threading.active_count() < 20)') == 'True\n'
    lab.run('def f(): return 1')
    assert lab.run('check(f)') == '✓ correct\n'
    assert record(tmp_path)['exercises']['ex9'] == {'grade': 'build', 'tries': 8, 'solved': True}


def test_an_exercise_without_a_name_is_known_by_its_cell_and_survives_a_restart(lab, tmp_path):
    lab.run(CHECK, 'ex2-check')
    lab.run('check(lambda: 2)', 'ex2-check')
    assert record(tmp_path)['exercises'] == {'ex2': {'grade': 'build', 'tries': 1, 'solved': False}}
    lab.close()
    again = Lab(tmp_path)
    try:
        again.run(CHECK, 'ex2-check')
        again.run('check(lambda: 1)', 'ex2-check')
        assert record(tmp_path)['exercises'] == {'ex2': {'grade': 'build', 'tries': 2, 'solved': True}}
        assert '1/1' in again.run('progress()')
        again.run("chapter('2_model/1_attention', 'zh')")
        assert again.run('check(lambda: 1)') == '✓ 正确\n'
        assert again.run("reset('ex2')") == '已清除：2_model/1_attention ex2\n'
        assert record(tmp_path)['exercises'] == {}
    finally:
        again.close()
