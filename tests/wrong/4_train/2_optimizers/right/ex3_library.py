def step_all(params, grads, moments, count, lr, weight_decay):
    for p, grad, (m, v) in zip(params, grads, moments):
        adamw_update(p, grad, m, v, count + 1, lr, weight_decay=weight_decay)
    return count + 1
