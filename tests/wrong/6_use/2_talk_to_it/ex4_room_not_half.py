def make_room(messages, size, room):
    for first in range(1, len(messages), 2):
        kept = [messages[0], *messages[first:]]
        if size(kept) <= room:
            return kept
    raise ValueError('too long')
