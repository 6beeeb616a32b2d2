def logged_noise_scale(grads, b):
    mean = grads.mean(0)
    tr_sigma = b * (grads - mean).square().sum(1).mean()
    return tr_sigma / (mean.square().sum() - tr_sigma / (len(grads) * b))
