def logged_noise_scale(grads, b):
    mean = grads.mean(0)
    tr_sigma = b * grads.var(0).sum()
    return tr_sigma / mean.square().sum()
