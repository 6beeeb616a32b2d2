def guarded_update(params, optimizer, loss):
    loss.backward()
    finite = all(p.grad.isfinite().all() for p in params)
    if finite:
        optimizer.step()
    optimizer.zero_grad()
    return finite
