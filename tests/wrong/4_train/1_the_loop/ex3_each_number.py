def clip(grads, max_norm):
    total = torch.cat([g.flatten() for g in grads]).norm()
    for g in grads:
        g.clamp_(-max_norm, max_norm)
    return total
