def step_all(params, grads, moments, count, lr, weight_decay):
    count += 1
    for p, grad, (m, v) in zip(params, grads, moments):
        adamw(p, grad, m, v, count, lr=lr, weight_decay=weight_decay)
        return count
