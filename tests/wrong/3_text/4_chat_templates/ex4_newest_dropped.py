def shorten(template, messages, room):
    kept = list(messages)
    while len(kept) > 1 and len(template.encode(tok, kept, prompt=True)[0]) > room:
        kept = kept[:-2]
    return kept if len(kept) > 1 else []
