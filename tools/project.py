"The project that the tools work on: the nearest folder upwards with a settings.ini, and what stands in it."

from configparser import ConfigParser
from functools import cache
from pathlib import Path


@cache
def root():
    "The project's folder."
    here = Path.cwd()
    found = next((p for p in (here, *here.parents) if (p / 'settings.ini').is_file()), None)
    if found is None:
        raise ValueError(f'no settings.ini in {here} or above: run the tools inside the project')
    return found.resolve()


@cache
def settings():
    "The settings of settings.ini."
    ini = ConfigParser(delimiters=['='])
    ini.read(root() / 'settings.ini', encoding='utf-8')
    return dict(ini['DEFAULT'])


def lib_name():
    return settings()['lib_name']


def lib_path():
    return root() / settings()['lib_path']


def nbs_path():
    return root() / settings()['nbs_path']


def flags():
    "The flags of cells that do not run everywhere: slow, net, cuda."
    return settings()['tst_flags'].split()
