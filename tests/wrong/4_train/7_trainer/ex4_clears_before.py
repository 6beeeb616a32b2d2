def guarded_update(params, optimizer, loss):
    if not loss.isfinite():
        optimizer.zero_grad()
        return False
    loss.backward()
    if any(p.grad.isinf().any() for p in params):
        return False
    optimizer.step()
    optimizer.zero_grad()
    return True
