def clip(grads, max_norm):
    length = lambda: sum((g**2).sum() for g in grads) ** 0.5
    if (before := length()) > max_norm:
        for g in grads:
            g *= max_norm / before
    return length()
