def best_step(rows):
    return min((row['val_loss'] for row in rows if row.get('val_loss') is not None), default=None)
