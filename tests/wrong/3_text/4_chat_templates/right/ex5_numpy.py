def find_answers(ids, header, end):
    import numpy as np

    row, n = np.array(ids), len(header)
    flags = np.zeros(len(ids), dtype=bool)
    ends = [*np.flatnonzero(row == end), len(ids) - 1]
    for start in range(n, len(ids)):
        if (row[start - n : start] == np.array(header)).all():
            flags[start : min(e for e in ends if e >= start) + 1] = True
    return list(flags)
