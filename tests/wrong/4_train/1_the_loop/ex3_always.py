def clip(grads, max_norm):
    total = torch.cat([g.flatten() for g in grads]).norm()
    for g in grads:
        g *= max_norm / total
    return total
