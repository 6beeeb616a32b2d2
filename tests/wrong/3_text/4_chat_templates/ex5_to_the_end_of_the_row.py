def find_answers(ids, header, end):
    flags, inside = [], False
    for k in range(len(ids)):
        inside = inside or (k >= len(header) and ids[k - len(header) : k] == header)
        flags.append(inside)
    return flags
