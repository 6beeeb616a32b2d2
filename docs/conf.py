"The book as a website: `make docs`. Notebooks with stored outputs, API pages from the library; offline."

import re
import shutil
import sys
from pathlib import Path

import nbformat

root = Path(__file__).parent.parent
sys.path[:0] = [str(root), str(root / 'tools')]
from contents import literal, modules, notebooks  # noqa: E402
from glossary import page as glossary_page  # noqa: E402
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
    return f'```{{toctree}}\n:caption: {caption}\n' + '\n'.join(entries) + '\n```\n'


def write(name, text):
    "Write a page beside this file."
    (root / 'docs' / name).write_text(text, encoding='utf-8')


def index_pages():
    "index.md, glossary.md and api.md from the table of contents in nbs/index.ipynb."
    parts, library = {}, [f'chapters/{n}' for n in notebooks() if n.startswith('library/')]
    for row in literal('CONTENTS'):
        if 'part' in row:
            title = row['title']
            parts[title] = []
        else:
            parts[title].append(f"chapters/{row['chapter']}")
    trees = [toctree(title, entries) for title, entries in parts.items() if entries]
    head = (root / 'docs' / 'head.md').read_text(encoding='utf-8')
    trees.append(toctree('Questions', ['faq', 'exactness', 'comparison', 'glossary']))
    trees.append(toctree('Workshop', library))
    trees.append(toctree('Library', ['api']))
    write('index.md', '\n'.join([head, *trees]))
    write('glossary.md', glossary_page())
    lines = [f'.. automodule:: llm_book.{m}' for m in modules() if not m.endswith('__main__')]
    api = (
        '# Library\nA module imports only from those before it in this list.\n\n```{eval-rst}\n'
        + '\n'.join(lines)
        + '\n```\n'
    )
    write('api.md', api)


shutil.rmtree(root / 'docs' / 'chapters', ignore_errors=True)
for name in notebooks():
    chapter(root / 'nbs' / f'{name}.ipynb')
index_pages()

project = html_title = 'llm_book'
copyright = 'the llm_book authors'
extensions = ['myst_nb', 'sphinx.ext.autodoc', 'sphinx.ext.viewcode']
html_theme = 'sphinx_book_theme'
html_theme_options = {'show_navbar_depth': 2}
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


def setup(app):
    app.connect('source-read', link_to_pages)
