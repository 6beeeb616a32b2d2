def best_step(rows):
    rows = [row for row in rows if row.get('loss') is not None]
    return min(rows, key=lambda row: row['loss'])['step'] if rows else None
