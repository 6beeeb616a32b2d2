def clip(grads, max_norm):
    total = torch.cat([g.flatten() for g in grads]).norm()
    for i, g in enumerate(grads):
        grads[i] = g * min(1, max_norm / total)
    return total
