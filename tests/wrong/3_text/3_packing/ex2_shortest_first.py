def best_fit(lengths, T):
    rows, room = [], []
    for i in sorted(range(len(lengths)), key=lambda i: lengths[i]):
        if lengths[i] > T:
            continue
        fits = [k for k, free in enumerate(room) if free >= lengths[i]]
        if fits:
            k = min(fits, key=lambda k: room[k])
            rows[k].append(i)
            room[k] -= lengths[i]
        else:
            rows.append([i])
            room.append(T - lengths[i])
    return rows
