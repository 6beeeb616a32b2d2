"String literals of code: as a translator sees them, and replaced by their translation."

import ast
import re
from collections import Counter

from notebooks import parsed

PROSE = re.compile(r'[A-Za-z]{2,}\W* \W*\w')
CHINESE = re.compile('[\u4e00-\u9fff]')
SPEAKS = {'prediction', 'outcome', 'quiz'}  # whatever text they get is read
LABELS = {'title', 'label', 'xlabel', 'ylabel', 'text', 'description', 'placeholder', 'hints'}
DATA = {'title', 'ask', 'right', 'wrong', 'why'}  # keys of dicts whose text is read
TEXT = ast.Constant, ast.JoinedStr


def is_text(tree):
    return isinstance(tree, ast.JoinedStr) or isinstance(tree, ast.Constant) and isinstance(tree.value, str)


def texts(tree):
    "The string literals of a cell in their order; an f-string is one."
    if is_text(tree):
        yield tree
        return
    for child in ast.iter_child_nodes(tree):
        yield from texts(child)


def ordered(tree):
    return sorted(texts(tree), key=lambda t: (t.lineno, t.col_offset))


def written(text):
    "A string literal as a translator sees it: the fields of an f-string in braces."
    if isinstance(text, ast.Constant):
        return text.value
    parts = []
    for part in text.values:
        if isinstance(part, ast.Constant):
            parts.append(part.value.replace('{', '{{').replace('}', '}}'))
        else:
            parts.append(field_text(part))
    return ''.join(parts)


def field_text(part):
    "A field as it stands between braces."
    kind = '' if part.conversion < 0 else f'!{chr(part.conversion)}'
    spec = f':{written(part.format_spec)}' if part.format_spec else ''
    inside = ast.unparse(part.value)
    return '{' + ' ' * inside.startswith('{') + inside + kind + spec + '}'


def end_of_field(text, start):
    "The place after the `}` that closes the field which begins at `start`."
    depth, quote = 0, ''
    for i in range(start, len(text)):
        c = text[i]
        if quote:
            quote = '' if c == quote else quote
        elif c in '\'"' and depth:
            quote = c
        else:
            depth += (c in '{[(') - (c in '}])')
            if depth == 0:
                return i + 1
    raise ValueError(f'a brace is not closed: {text[start : start + 40]!r}')


def pieces(text):
    "The nodes of a translated f-string: constants and fields."
    i, plain = 0, ''
    while i < len(text):
        if text[i : i + 2] in ('{{', '}}'):
            plain, i = plain + text[i], i + 2
        elif text[i] == '{':
            end = end_of_field(text, i)
            if plain:
                yield ast.Constant(plain)
            yield one_field(text[i:end])
            i, plain = end, ''
        else:
            plain, i = plain + text[i], i + 1
    if plain:
        yield ast.Constant(plain)


def one_field(text):
    "The node of one field."
    try:
        return ast.parse(f'f"""{text}"""', mode='eval').body.values[0]
    except (SyntaxError, IndexError):
        raise ValueError(f'{text} is no field') from None


class Blank(ast.NodeTransformer):
    "Empties the strings in a field that may be translated: all but keys."

    def visit_Subscript(self, node):
        node.value = self.visit(node.value)
        return node

    def visit_Constant(self, node):
        return ast.Constant('') if isinstance(node.value, str) else node


def fields(parts):
    "The fields among the nodes, without the strings inside them, counted."
    found = [p for p in parts if isinstance(p, ast.FormattedValue)]
    bare = [ast.FormattedValue(Blank().visit(copy_of(p.value)), p.conversion, p.format_spec) for p in found]
    return Counter(map(field_text, bare))


def copy_of(tree):
    return ast.parse(ast.unparse(tree), mode='eval').body


def literal(text, translated):
    "The translated literal as source; ValueError if a field is missing or too much."
    if isinstance(text, ast.Constant):
        return repr(translated)
    parts = list(pieces(translated))
    want, got = fields(text.values), fields(parts)
    if missing := want - got:
        raise ValueError(f'the field {next(iter(missing))} is missing')
    if surplus := got - want:
        raise ValueError(f'the field {next(iter(surplus))} does not stand in the original')
    return ast.unparse(ast.JoinedStr(parts))


def shown(tree):
    "The literals of a cell that a reader is likely to see: sentences, labels, questions."
    keys, asked, named = set(), set(), set()
    for data in (n for n in ast.walk(tree) if isinstance(n, ast.Dict)):
        keys |= {id(key) for key in data.keys}
        for key, value in zip(data.keys, data.values):
            if isinstance(key, ast.Constant) and key.value in DATA:
                named |= {id(t) for t in texts(value)}
    for call in (n for n in ast.walk(tree) if isinstance(n, ast.Call)):
        name = call.func.id if isinstance(call.func, ast.Name) else ''
        if name in SPEAKS:
            asked |= {id(t) for t in texts(call)} - {id(a) for a in call.args[:1]}
        for keyword in call.keywords:
            if keyword.arg in LABELS:
                named |= {id(t) for t in texts(keyword.value)}
    for n, text in enumerate(ordered(tree)):
        words = written(text)
        wanted = PROSE.search(words) or id(text) in asked | named and re.search('[A-Za-z]{2}', words)
        if wanted and id(text) not in keys and not CHINESE.search(words):
            yield n, text


def replaced(source, changes):
    "The source with literals replaced: {n: source of the new literal}."
    lines = source.encode().splitlines(keepends=True)
    starts = [sum(map(len, lines[:i])) for i in range(len(lines) + 1)]
    data = source.encode()
    for n, text in reversed(list(enumerate(ordered(parsed(source))))):
        if n in changes:
            start = starts[text.lineno - 1] + text.col_offset
            end = starts[text.end_lineno - 1] + text.end_col_offset
            data = data[:start] + changes[n].encode() + data[end:]
    return data.decode()
