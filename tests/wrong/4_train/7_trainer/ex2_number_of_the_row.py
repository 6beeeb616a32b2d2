def best_step(rows):
    losses = [row['val_loss'] for row in rows if row.get('val_loss') is not None]
    return losses.index(min(losses)) if losses else None
