def find_answers(ids, header, end):
    flags = [False] * len(ids)
    for i in range(len(ids)):
        if ids[i : i + len(header)] == header:
            first = i + len(header)
            if end in ids[first:]:
                for k in range(first, ids.index(end, first) + 1):
                    flags[k] = True
    return flags
