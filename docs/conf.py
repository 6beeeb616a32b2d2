"The book as a website: `make docs`. Chapters with their stored outputs from nbs/, API pages from the library; offline."
import re
import sys
from pathlib import Path

import nbformat

root = Path(__file__).parent.parent
sys.path.insert(0, str(root))


def chapter(path):
    "Copy a notebook without nbdev's directives and hidden cells; solutions are folded."
    nb = nbformat.read(path, as_version=4)
    nb.cells = [c for c in nb.cells if c.cell_type != 'code' or not re.match(r'#\|\s*(hide|default_exp)\b', c.source)]
    for c in nb.cells:
        if c.cell_type != 'code': continue
        c.source = re.sub(r'^#\|.*\n?', '', c.source, flags=re.M)
        if c.id.endswith('-solution'): c.metadata['tags'] = ['hide-input']
    out = root/'docs'/'chapters'/path.name
    out.parent.mkdir(exist_ok=True)
    nbformat.write(nb, out)


for p in sorted((root/'nbs').glob('*.ipynb')): chapter(p)

project = html_title = 'llm_book'
copyright = 'the llm_book authors'
extensions = ['myst_nb', 'sphinx.ext.autodoc', 'sphinx.ext.viewcode']
html_theme = 'sphinx_book_theme'
html_theme_options = {'show_navbar_depth': 2}
exclude_patterns = ['README.md']
nb_execution_mode = 'off'
myst_enable_extensions = ['dollarmath', 'amsmath']
autodoc_default_options = {'members': True, 'undoc-members': False, 'member-order': 'bysource', 'show-inheritance': True}
autodoc_typehints = 'description'
suppress_warnings = ['mystnb.unknown_mime_type', 'myst.header']
autodoc_inherit_docstrings = False
