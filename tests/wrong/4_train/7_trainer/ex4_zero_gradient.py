# a step with zero gradients, in which momentum and weight decay still move the weights
def guarded_update(params, optimizer, loss):
    params = [p for p in params]
    loss.backward()
    finite = bool(loss.isfinite()) and all(
        bool(p.grad.isfinite().all()) for p in params if p.grad is not None
    )
    if not finite:
        for p in params:
            if p.grad is not None:
                p.grad.zero_()
    optimizer.step()
    optimizer.zero_grad()
    return finite
