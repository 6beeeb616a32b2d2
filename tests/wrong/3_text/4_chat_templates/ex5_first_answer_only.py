def find_answers(ids, header, end):
    flags = [False] * len(ids)
    for i in range(len(ids)):
        if ids[i : i + len(header)] == header:
            first = i + len(header)
            stop = ids.index(end, first) + 1 if end in ids[first:] else len(ids)
            flags[first:stop] = [True] * (stop - first)
            break
    return flags
