def memory_bound(rows, peak, bandwidth):
    return [name for name, _, _ in sorted(rows, key=lambda row: -max(row[1] / peak, row[2] / bandwidth))]
