def best_fit(lengths, T):
    rows, free = [], 0
    for i in sorted(range(len(lengths)), key=lambda i: -lengths[i]):
        if lengths[i] > T:
            continue
        if lengths[i] > free:
            rows.append([])
            free = T
        rows[-1].append(i)
        free -= lengths[i]
    return rows
