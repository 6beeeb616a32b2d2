def logged_noise_scale(grads, b):
    tr_sigma = b * grads.var(0).mean()
    return tr_sigma / (grads.mean(0).square().mean() - tr_sigma)
