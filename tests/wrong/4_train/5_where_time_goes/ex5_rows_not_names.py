def memory_bound(rows, peak, bandwidth):
    slow = [row for row in rows if row[2] / bandwidth > row[1] / peak]
    return sorted(slow, key=lambda row: -row[2])
