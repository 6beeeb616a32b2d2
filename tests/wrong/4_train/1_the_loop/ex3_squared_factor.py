def clip(grads, max_norm):
    total = torch.cat([g.flatten() for g in grads]).norm()
    for g in grads:
        g *= min(1, max_norm / total) ** 2
    return total
