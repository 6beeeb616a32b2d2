def find_answers(ids, header, end):
    flags = [False] * len(ids)
    for i in range(len(ids)):
        if ids[i : i + len(header)] == header:
            stop = ids.index(end, i) + 1 if end in ids[i:] else len(ids)
            flags[i:stop] = [True] * (stop - i)
    return flags
