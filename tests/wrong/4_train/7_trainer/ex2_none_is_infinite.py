# if no validation loss was finite, it names a step all the same
def best_step(rows):
    known = [row for row in rows if 'val_loss' in row]
    if not known:
        return None
    cost = lambda row: math.inf if row['val_loss'] is None else row['val_loss']
    return min(known, key=cost)['step']
