def step_all(params, grads, moments, count, lr, weight_decay):
    count = count + 1
    for i in range(len(params)):
        params[i].mul_(1 - lr * weight_decay)
        adam(params[i], grads[i], moments[i][0], moments[i][1], count, lr)
    return count
