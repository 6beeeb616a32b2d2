def shorten(template, messages, room):
    system, *rest = messages
    while rest and len(template.encode(tok, [system, *rest], prompt=True)[0]) > room:
        rest = rest[2:]
    return [system, *rest]
