def step_all(params, grads, moments, count, lr, weight_decay):
    for p, grad, (m, v) in zip(params, grads, moments):
        adamw(p, grad, m, v, max(count, 1), lr=lr, weight_decay=weight_decay)
    return count + 1
