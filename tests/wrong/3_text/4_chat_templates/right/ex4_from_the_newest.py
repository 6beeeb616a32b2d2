def shorten(template, messages, room):
    best = ()
    for n in range(1, len(messages), 2):
        kept = (messages[0], *messages[-n:])
        if len(template.encode(tok, list(kept), prompt=True)[0]) <= room:
            best = kept
    return best
