# loops over floats; gradients removed by hand
def guarded_update(params, optimizer, loss):
    params = list(params)
    loss.backward()
    taken = math.isfinite(loss.item())
    for p in params:
        if p.grad is not None:
            for g in p.grad.flatten().tolist():
                if not math.isfinite(g):
                    taken = False
    if taken:
        optimizer.step()
    for p in params:
        p.grad = None
    return taken
