def guarded_update(params, optimizer, loss):
    loss.backward()
    if not loss.isfinite() or not all(p.grad.isfinite().all() for p in params):
        return False
    optimizer.step()
    optimizer.zero_grad()
    return True
