def logged_noise_scale(grads, b):
    tr_sigma = b * grads.var(0).sum()
    return tr_sigma / (grads.mean(0).square().sum() + tr_sigma / (len(grads) * b))
