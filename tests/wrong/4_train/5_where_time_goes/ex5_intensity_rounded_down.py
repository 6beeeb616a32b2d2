# Intensities are rounded down before they are compared.
def memory_bound(rows, peak, bandwidth):
    waiting = [row for row in rows if row[1] // max(row[2], 1) < peak / bandwidth]
    return [row[0] for row in sorted(waiting, key=lambda row: -row[2])]
