def best_step(rows):
    best = None
    for row in rows:
        if row.get('val_loss') is None:
            continue
        if best is None or row['val_loss'] < best['val_loss']:
            best = row
    return best and best['step']
