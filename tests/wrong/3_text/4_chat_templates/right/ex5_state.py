def find_answers(ids, header, end):
    flags, inside = [], False
    for k in range(len(ids)):
        if k >= len(header) and ids[k - len(header) : k] == header:
            inside = True
        flags.append(int(inside))
        if ids[k] == end:
            inside = False
    return flags
