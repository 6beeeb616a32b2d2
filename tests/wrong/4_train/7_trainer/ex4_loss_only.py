def guarded_update(params, optimizer, loss):
    loss.backward()
    finite = bool(loss.isfinite())
    if finite:
        optimizer.step()
    optimizer.zero_grad()
    return finite
