def make_room(messages, size, room):
    if size(messages) <= room:
        return list(messages)
    if size([messages[0], messages[-1]]) > room:
        raise ValueError('the question does not fit')
    kept = [messages[-1]]
    for i in range(len(messages) - 3, 0, -2):
        if size([messages[0], *messages[i : i + 2], *kept]) <= room // 2:
            kept = [*messages[i : i + 2], *kept]
    return [messages[0], *kept]
