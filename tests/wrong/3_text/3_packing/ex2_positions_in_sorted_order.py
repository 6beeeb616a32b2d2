def best_fit(lengths, T):
    sizes, rows, room = sorted((n for n in lengths if n <= T), reverse=True), [], []
    for i, n in enumerate(sizes):
        fits = [k for k, free in enumerate(room) if free >= n]
        if fits:
            k = min(fits, key=lambda k: room[k])
            rows[k].append(i)
            room[k] -= n
        else:
            rows.append([i])
            room.append(T - n)
    return rows
