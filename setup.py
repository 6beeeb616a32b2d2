"Package metadata lives in settings.ini; edit there, not here."

from configparser import ConfigParser
from pathlib import Path

from setuptools import find_packages, setup

ini = ConfigParser(delimiters=['='])
ini.read('settings.ini', encoding='utf-8')
cfg = ini['DEFAULT']
words = lambda key: cfg.get(key, '').split()
extras = {name: words(f'{name}_requirements') for name in ('hf', 'export', 'book', 'dev', 'peers')}
extras['book'] += extras['hf']  # chapters check themselves against transformers and PEFT
extras['dev'] += extras['book'] + extras['export']

setup(
    name=cfg['lib_name'],
    version=cfg['version'],
    description=cfg['description'],
    author=cfg['author'],
    author_email=cfg['author_email'],
    license='Apache-2.0',
    keywords=cfg['keywords'],
    url=cfg['git_url'],
    long_description=Path('README.md').read_text(encoding='utf-8'),
    long_description_content_type='text/markdown',
    packages=find_packages(include=[cfg['lib_path'], cfg['lib_path'] + '.*']),
    package_data={cfg['lib_path']: ['configs/*.yaml', 'configs/*.json']},
    python_requires='>=' + cfg['min_python'],
    install_requires=words('requirements'),
    extras_require=extras,
    entry_points={
        'console_scripts': words('console_scripts'),
        'nbdev': [f"{cfg['lib_path']}={cfg['lib_path']}._modidx:d"],
    },
)
