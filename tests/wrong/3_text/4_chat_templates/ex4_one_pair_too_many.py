def shorten(template, messages, room):
    system, *rest = messages
    dropped = False
    while rest and len(template.encode(tok, [system, *rest], prompt=True)[0]) > room:
        rest, dropped = rest[2:], True
    if dropped and len(rest) > 2:
        rest = rest[2:]
    return [system, *rest] if rest else []
