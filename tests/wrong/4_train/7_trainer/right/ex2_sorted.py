# a stable sort
def best_step(rows):
    pairs = [(row['val_loss'], row['step']) for row in rows if row.get('val_loss') is not None]
    pairs.sort(key=lambda pair: pair[0])
    for _, step in pairs:
        return step
    return None
