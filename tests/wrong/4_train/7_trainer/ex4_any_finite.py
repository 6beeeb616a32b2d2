def guarded_update(params, optimizer, loss):
    loss.backward()
    finite = bool(loss.isfinite()) and any(p.grad.isfinite().any() for p in params)
    if finite:
        optimizer.step()
    optimizer.zero_grad()
    return finite
