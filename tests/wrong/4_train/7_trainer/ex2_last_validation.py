def best_step(rows):
    steps = [row['step'] for row in rows if row.get('val_loss') is not None]
    return steps[-1] if steps else None
