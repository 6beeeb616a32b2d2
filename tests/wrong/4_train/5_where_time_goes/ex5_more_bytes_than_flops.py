def memory_bound(rows, peak, bandwidth):
    slow = [row for row in rows if row[2] > row[1]]
    return [name for name, _, _ in sorted(slow, key=lambda row: -row[2] / bandwidth)]
