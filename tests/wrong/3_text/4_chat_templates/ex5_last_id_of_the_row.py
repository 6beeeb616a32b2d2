# the last id of the row is never learned
def find_answers(ids, header, end):
    flags = [False] * len(ids)
    for i in range(len(ids)):
        if ids[i : i + len(header)] == header:
            for k in range(i + len(header), len(ids) - 1):
                flags[k] = True
                if ids[k] == end:
                    break
    return flags
