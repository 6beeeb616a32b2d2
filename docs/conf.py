"The book as a website: `make docs`. Notebooks with stored outputs, API pages from the library; offline."

import os
import re
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import nbformat
from docutils import nodes
from latex2mathml.converter import convert

root = Path(__file__).parent.parent
sys.path[:0] = [str(root), str(root / 'tools')]
from contents import literal, modules, notebooks  # noqa: E402
from glossary import page as glossary_page  # noqa: E402
from llm_book.core.console import SUBCOMMANDS  # noqa: E402
from notebooks import site_tags  # noqa: E402


def chapter(path):
    "Copy a notebook without nbdev's directives and hidden cells; what JupyterLab hides is folded."
    nb = nbformat.read(path, as_version=4)
    nb.cells = [
        c for c in nb.cells if c.cell_type != 'code' or not re.match(r'#\|\s*(hide|default_exp)\b', c.source)
    ]
    for c in nb.cells:
        if c.cell_type != 'code':
            continue
        c.metadata['tags'] = site_tags(c)
        c.source = re.sub(r'^#\|.*\n?', '', c.source, flags=re.M)
    out = root / 'docs' / 'chapters' / path.relative_to(root / 'nbs')
    out.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(nb, out)


def toctree(caption, entries):
    return f'```{{toctree}}\n:hidden:\n:caption: {caption}\n' + '\n'.join(entries) + '\n```\n'


def write(name, text):
    "Write a page beside this file."
    (root / 'docs' / name).write_text(text, encoding='utf-8')


def road_table(rows):
    "The chapters of a part: title with its link, minutes, what it teaches."
    lines = ['| chapter | minutes | what it teaches |', '|---|---|---|']
    for row in rows:
        link = f"[{row['title']}](chapters/{row['chapter']}.ipynb)"
        lines.append(f"| {link} | {row['minutes']} | {row['about']} |")
    return '\n'.join(lines) + '\n'


def index_page():
    "index.md: the road as tables, from nbs/index.ipynb; as a tree it stands beside every page."
    parts = []
    for row in literal('CONTENTS'):
        if 'part' in row:
            parts.append((row['title'], []))
        else:
            parts[-1][1].append(row)
    parts = [(title, rows) for title, rows in parts if rows]
    minutes = sum(row['minutes'] for _, rows in parts for row in rows)
    head = (root / 'docs' / 'head.md').read_text(encoding='utf-8')
    pages = [f'{head}\nThe road takes about {minutes / 60:.0f} hours of reading.\n']
    pages += [f'## {title}\n\n{road_table(rows)}' for title, rows in parts]
    pages += [toctree(title, [f"chapters/{row['chapter']}" for row in rows]) for title, rows in parts]
    pages.append(toctree('Questions', ['faq', 'exactness', 'comparison', 'glossary']))
    pages.append(toctree('Commands', [f'commands/{name}' for name in SUBCOMMANDS]))
    pages.append(toctree('Workshop', [f'chapters/{n}' for n in notebooks() if n.startswith('library/')]))
    pages.append(toctree('Library', ['api']))
    write('index.md', '\n'.join(pages))


def api_page():
    "api.md: the modules of the library, in their order."
    lines = [f'.. automodule:: llm_book.{m}' for m in modules() if not m.endswith('__main__')]
    rule = 'A module imports only from those before it in this list.'
    write('api.md', f'# Library\n{rule}\n\n```{{eval-rst}}\n' + '\n'.join(lines) + '\n```\n')


def command_page(name):
    "commands/<name>.md: what `--help` says."
    asked = [sys.executable, '-m', f'llm_book.{name}', '--help']
    plain = os.environ | {'PYTHONPATH': str(root), 'COLUMNS': '100', 'NO_COLOR': '1'}
    said = subprocess.run(asked, capture_output=True, text=True, env=plain, check=True).stdout
    about = SUBCOMMANDS[name]
    write(f'commands/{name}.md', f'# {name}\n{about}\n\n```text\n{said.rstrip()}\n```\n')


shutil.rmtree(root / 'docs' / 'chapters', ignore_errors=True)
for name in notebooks():
    chapter(root / 'nbs' / f'{name}.ipynb')
(root / 'docs' / 'commands').mkdir(exist_ok=True)
with ThreadPoolExecutor(2) as pool:
    list(pool.map(command_page, SUBCOMMANDS))
index_page()
api_page()
write('glossary.md', glossary_page())

project = html_title = 'llm_book'
copyright = 'the llm_book authors'
html_math_renderer = 'mathml'
extensions = ['myst_nb', 'sphinx.ext.autodoc', 'sphinx.ext.viewcode']
html_theme = 'sphinx_book_theme'
html_theme_options = {'show_navbar_depth': 1}
html_static_path = ['static']
html_css_files = ['site.css']
exclude_patterns = ['README.md', 'head.md']
nb_execution_mode = 'off'
myst_enable_extensions = ['dollarmath', 'amsmath']
autodoc_default_options = {
    'members': True,
    'undoc-members': False,
    'member-order': 'bysource',
    'show-inheritance': True,
}
autodoc_typehints = 'description'
suppress_warnings = ['mystnb.unknown_mime_type', 'myst.header']
autodoc_inherit_docstrings = False


def link_to_pages(app, name, source):
    "Links to notebooks, as they work on a code host, lead to their pages."
    source[0] = source[0].replace('](../nbs/', '](chapters/')


def formula(translator, node):
    "A formula as MathML: browsers show it without a script, and without a network."
    translator.body.append(convert(node.astext()))
    raise nodes.SkipNode


def formula_block(translator, node):
    "A formula on a line of its own."
    translator.body.append(f'<div class="math">{convert(node.astext(), display="block")}</div>')
    raise nodes.SkipNode


def setup(app):
    app.connect('source-read', link_to_pages)
    app.add_html_math_renderer('mathml', (formula, None), (formula_block, None))
