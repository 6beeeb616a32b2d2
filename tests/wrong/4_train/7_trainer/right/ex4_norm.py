def guarded_update(params, optimizer, loss):
    optimizer.zero_grad()
    loss.backward()
    norm = sum((p.grad**2).sum() for p in params) ** 0.5
    if not math.isfinite((loss + norm).item()):
        optimizer.zero_grad()
        return False
    optimizer.step()
    optimizer.zero_grad()
    return True
