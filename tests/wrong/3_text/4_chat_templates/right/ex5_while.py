def find_answers(ids, header, end):
    flags, k = [False] * len(ids), 0
    while k < len(ids):
        if ids[k : k + len(header)] != header:
            k += 1
            continue
        k += len(header)
        while k < len(ids):
            flags[k] = True
            k += 1
            if ids[k - 1] == end:
                break
    return tuple(flags)
