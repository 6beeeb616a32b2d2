# all numbers in one tensor; a boolean of PyTorch
def guarded_update(params, optimizer, loss):
    loss.backward()
    numbers = [loss.detach().flatten()] + [p.grad.flatten() for p in params if p.grad is not None]
    taken = torch.cat(numbers).isfinite().all()
    if taken:
        optimizer.step()
    optimizer.zero_grad(set_to_none=True)
    return taken
