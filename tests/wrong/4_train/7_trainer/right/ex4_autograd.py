def guarded_update(params, optimizer, loss):
    grads = torch.autograd.grad(loss, params)
    if not all(x.isfinite().all() for x in (loss, *grads)):
        return False
    for p, g in zip(params, grads):
        p.grad = g
    optimizer.step()
    optimizer.zero_grad()
    return True
