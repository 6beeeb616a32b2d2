def best_fit(lengths, T):
    rows = {}
    for n, i in sorted(((n, i) for i, n in enumerate(lengths)), reverse=True):
        used = {k: sum(lengths[j] for j in row) for k, row in rows.items()}
        fits = [k for k in rows if used[k] + n <= T]
        if fits:
            rows[max(fits, key=used.get)].append(i)
        elif n <= T:
            rows[len(rows)] = [i]
    return list(rows.values())
