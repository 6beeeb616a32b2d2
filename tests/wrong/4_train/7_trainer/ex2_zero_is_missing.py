def best_step(rows):
    rows = [row for row in rows if row.get('val_loss')]
    return min(rows, key=lambda row: row['val_loss'])['step'] if rows else None
