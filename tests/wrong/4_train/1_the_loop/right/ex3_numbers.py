def clip(grads, max_norm):
    numbers = [x for g in grads for x in g.flatten().tolist()]
    length = math.sqrt(sum(x * x for x in numbers))
    for g in grads:
        g.copy_(g * min(1.0, max_norm / (length + 1e-6)))
    return length
