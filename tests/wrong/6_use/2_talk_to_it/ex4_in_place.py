def make_room(messages, size, room):
    if size([messages[0], messages[-1]]) > room:
        raise ValueError('the question does not fit')
    if size(messages) <= room:
        return messages
    while len(messages) > 2 and size(messages) > room // 2:
        del messages[1:3]
    return messages
