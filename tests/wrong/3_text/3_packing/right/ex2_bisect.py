from bisect import bisect_left, insort


def best_fit(lengths, T):
    rows, room = [], []
    for i in sorted((i for i in range(len(lengths)) if lengths[i] <= T), key=lambda i: -lengths[i]):
        k = bisect_left(room, (lengths[i],))
        free, row = room.pop(k) if k < len(room) else (T, len(rows))
        if row == len(rows):
            rows.append([])
        rows[row].append(i)
        insort(room, (free - lengths[i], row))
    return rows
