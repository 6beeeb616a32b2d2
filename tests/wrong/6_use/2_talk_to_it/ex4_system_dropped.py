def make_room(messages, size, room):
    if size(messages) <= room:
        return messages
    for first in range(1, len(messages), 2):
        kept = messages[first:]
        if size(kept) <= room // 2:
            return kept
    if size(kept) > room:
        raise ValueError('too long')
    return kept
