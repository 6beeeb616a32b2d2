def find_answers(ids, header, end):
    flags, inside = [], False
    for k in range(len(ids)):
        inside = inside or (k > 1 and ids[k - 2] == header[1])
        flags.append(inside)
        if ids[k] == end:
            inside = False
    return flags
