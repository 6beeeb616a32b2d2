def best_step(rows):
    rows = [row for row in rows if row.get('val_loss') is not None]
    return min(rows, key=lambda row: row['val_loss'])['step']
