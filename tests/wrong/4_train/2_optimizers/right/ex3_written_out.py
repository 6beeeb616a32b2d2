# without the chapter's functions
def step_all(params, grads, moments, count, lr, weight_decay):
    count = count + 1
    for p, g, (m, v) in zip(params, grads, moments):
        m.copy_(0.9 * m + 0.1 * g)
        v.copy_(0.95 * v + 0.05 * g * g)
        step = (m / (1 - 0.9**count)) / ((v / (1 - 0.95**count)) ** 0.5 + 1e-8)
        p.copy_(p - lr * weight_decay * p - lr * step)
    return count
