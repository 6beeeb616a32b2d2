def make_room(messages, size, room):
    if size(messages) <= room:
        return tuple(messages)
    kept = [messages[0], messages[-1]]
    if size(kept) > room:
        raise ValueError
    for first in range(len(messages) - 3, 0, -2):
        longer = messages[:1] + messages[first:]
        if size(longer) > room // 2:
            break
        kept = longer
    return kept
