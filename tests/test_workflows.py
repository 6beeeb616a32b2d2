"The workflows call what exists: targets of the Makefile, tools, actions by their commit."

import re
import shlex

import pytest
import yaml
from conftest import ROOT

WORKFLOWS = sorted((ROOT / '.github' / 'workflows').glob('*.yml'))


def steps(path):
    jobs = yaml.safe_load(path.read_text())['jobs']
    return [step for job in jobs.values() for step in job['steps']]


@pytest.mark.parametrize('path', WORKFLOWS, ids=lambda p: p.stem)
def test_what_a_workflow_calls_exists(path):
    targets = re.findall(r'^([a-z-]+):', (ROOT / 'Makefile').read_text(), re.M)
    called = []
    for step in steps(path):
        if action := step.get('uses'):
            assert re.fullmatch(r'[\w-]+/[\w-]+@[0-9a-f]{40}', action), f'{action}: a tag can be moved'
        for line in step.get('run', '').splitlines():
            words = shlex.split(line.split('|')[0])
            if words[:1] == ['make']:
                assert words[1] in targets, line
            for word in words:
                if word.startswith(('tools/', '.ci/')):
                    assert (ROOT / word).exists(), line
            called += words
    assert {'make', '.ci/run'} & set(called), 'a workflow that calls nothing of the project'


def test_the_scheduled_refresh_has_the_history_that_a_witness_needs():
    refresh = next(p for p in WORKFLOWS if p.stem == 'refresh')
    (checkout,) = [s for s in steps(refresh) if 'checkout' in s.get('uses', '')]
    assert checkout['with']['fetch-depth'] == 0
    assert 'cron' in refresh.read_text()


@pytest.mark.parametrize('path', WORKFLOWS, ids=lambda p: p.stem)
def test_a_workflow_may_only_read(path):
    "A pull request's code runs in it: no token that can write, none left on the disk, no secrets."
    text = path.read_text()
    assert yaml.safe_load(text)['permissions'] == {'contents': 'read'}
    assert 'pull_request_target' not in text and 'secrets.' not in text
    for step in steps(path):
        if 'checkout' in step.get('uses', ''):
            assert step['with']['persist-credentials'] is False
        assert '${{' not in step.get('run', ''), 'what comes from outside is no shell code'
    for line in text.splitlines():
        assert 'uses:' not in line or re.search(r'@[0-9a-f]{40}  # v[\d.]+$', line), line
