def find_answers(ids, header, end):
    flags = [False] * len(ids)
    for i in range(len(ids)):
        if ids[i : i + len(header)] == header:
            first = i + len(header)
            last = len(ids) - 1 - ids[::-1].index(end) if end in ids[first:] else len(ids) - 1
            for k in range(first, last + 1):
                flags[k] = True
    return flags
