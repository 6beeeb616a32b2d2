# the end is looked for one id too late: an empty answer runs on into the next turn
def find_answers(ids, header, end):
    flags = [False] * len(ids)
    for i in range(len(ids)):
        start = i + len(header)
        if ids[i:start] == header:
            stop = ids.index(end, start + 1) if end in ids[start + 1 :] else len(ids) - 1
            for k in range(start, stop + 1):
                flags[k] = True
    return flags
