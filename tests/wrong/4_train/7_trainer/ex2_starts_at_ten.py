# losses of 10 and more are never the best
def best_step(rows):
    best, at = 10.0, None
    for row in rows:
        loss = row.get('val_loss')
        if loss is not None and loss < best:
            best, at = loss, row['step']
    return at
