def best_step(rows):
    rows = [row for row in rows if 'val_loss' in row]
    return min(rows, key=lambda row: row['val_loss'] or 0)['step'] if rows else None
