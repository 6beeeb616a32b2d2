def guarded_update(params, optimizer, loss):
    loss.backward()
    finite = bool(loss.isfinite()) and all(p.grad.isfinite().all() for p in params)
    optimizer.step()
    optimizer.zero_grad()
    return finite
