def shorten(template, messages, room):
    rest = list(messages)
    while rest and len(template.encode(tok, rest, prompt=True)[0]) > room:
        rest = rest[2:]
    return rest
