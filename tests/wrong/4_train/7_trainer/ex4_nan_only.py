def guarded_update(params, optimizer, loss):
    loss.backward()
    bad = loss.isnan() or any(p.grad.isnan().any() for p in params)
    if not bad:
        optimizer.step()
    optimizer.zero_grad()
    return not bad
