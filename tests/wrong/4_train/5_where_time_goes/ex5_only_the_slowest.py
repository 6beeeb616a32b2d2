def memory_bound(rows, peak, bandwidth):
    return [max(rows, key=lambda row: row[2] / bandwidth)[0]]
