def until(pieces, stop):
    text, shown = '', 0
    for piece in pieces:
        text += piece
        end = text.find(stop)
        if end >= 0:
            yield text[shown:end]
            return
        safe = next(k for k in range(shown, len(text) + 1) if stop.startswith(text[k:]))
        yield text[shown:safe]
        shown = safe
    yield text[shown:]
