"What all tests share: one thread per process, no display, no network; slow proofs only on demand."
import os

os.environ.update(OMP_NUM_THREADS='1', MPLBACKEND='agg', HF_HUB_OFFLINE='1')

import pytest  # noqa: E402


def pytest_addoption(parser):
    parser.addoption('--slow', action='store_true', help='run the long proofs too')


def pytest_collection_modifyitems(config, items):
    if config.getoption('--slow'): return
    for item in items:
        if 'slow' in item.keywords: item.add_marker(pytest.mark.skip(reason='a long proof: make test-slow'))
