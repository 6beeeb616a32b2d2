def hunted_step(model, optimizer, pieces, max_norm):
    model.zero_grad()
    accumulate(model, pieces)
    grads = [p.grad for p in model.parameters()]
    length = torch.cat([g.flatten() for g in grads]).norm()
    for g in grads:
        g *= min(1.0, max_norm / length)
    optimizer.step()
