def memory_bound(rows, peak, bandwidth):
    slow = [row for row in rows if row[1] / row[2] < bandwidth / peak]
    return [name for name, _, _ in sorted(slow, key=lambda row: -row[2])]
