# looks for NaN only in the gradients
def guarded_update(params, optimizer, loss):
    loss.backward()
    finite = bool(loss.isfinite()) and not any(p.grad.isnan().any() for p in params if p.grad is not None)
    if finite:
        optimizer.step()
    optimizer.zero_grad()
    return finite
