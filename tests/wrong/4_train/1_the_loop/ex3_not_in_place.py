def clip(grads, max_norm):
    total = sum((g**2).sum() for g in grads) ** 0.5
    for g in grads:
        g = g * min(1, max_norm / total)
    return total
