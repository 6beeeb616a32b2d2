def make_room(messages, size, room):
    if size(messages) <= room:
        return list(messages)
    if size([messages[0], messages[-1]]) > room:
        raise ValueError('the question does not fit')
    one = lambda m: size([m])
    used, start = one(messages[0]) + one(messages[-1]), len(messages) - 1
    while start > 1 and used + one(messages[start - 1]) + one(messages[start - 2]) <= room // 2:
        used += one(messages[start - 1]) + one(messages[start - 2])
        start -= 2
    return messages[:1] + messages[start:]
