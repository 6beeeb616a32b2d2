def best_step(rows):
    best, step = math.inf, None
    for row in rows:
        loss = row.get('val_loss')
        if loss is not None and loss <= best:
            best, step = loss, row['step']
    return step
