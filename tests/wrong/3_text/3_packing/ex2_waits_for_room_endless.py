def best_fit(lengths, T):
    left, rows = sorted(range(len(lengths)), key=lambda i: -lengths[i]), []
    while left:
        row, free = [], T
        for i in list(left):
            if lengths[i] <= free:
                row.append(i)
                left.remove(i)
                free -= lengths[i]
        if row:
            rows.append(row)
    return rows
