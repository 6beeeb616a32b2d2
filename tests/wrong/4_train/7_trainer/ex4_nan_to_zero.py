def guarded_update(params, optimizer, loss):
    loss.backward()
    for p in params:
        p.grad.nan_to_num_(0.0, 0.0, 0.0)
    optimizer.step()
    optimizer.zero_grad()
    return True
