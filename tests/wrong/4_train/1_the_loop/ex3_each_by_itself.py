def clip(grads, max_norm):
    total = torch.cat([g.flatten() for g in grads]).norm()
    for g in grads:
        if g.norm() > max_norm:
            g *= max_norm / g.norm()
    return total
