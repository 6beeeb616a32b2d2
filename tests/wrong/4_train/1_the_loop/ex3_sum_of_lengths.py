def clip(grads, max_norm):
    total = sum(g.norm() for g in grads)
    for g in grads:
        g *= min(1, max_norm / total)
    return total
