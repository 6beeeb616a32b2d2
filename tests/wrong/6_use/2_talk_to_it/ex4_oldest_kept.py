def make_room(messages, size, room):
    if size(messages) <= room:
        return messages
    kept = [messages[0], messages[-1]]
    if size(kept) > room:
        raise ValueError('too long')
    for last in range(1, len(messages) - 1, 2):
        more = messages[: last + 2] + [messages[-1]]
        if size(more) > room // 2:
            return kept
        kept = more
    return kept
