def best_fit(lengths, T):
    waiting = sorted(((int(n), i) for i, n in enumerate(lengths) if n <= T), reverse=True)
    bins = []  # (room, row), the least room first
    for n, i in waiting:
        for at, (room, row) in enumerate(bins):
            if room >= n:
                bins[at] = (room - n, row + [i])
                break
        else:
            bins.append((T - n, [i]))
        bins.sort(key=lambda pair: pair[0])
    return [row for _, row in bins]
