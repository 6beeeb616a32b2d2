def logged_noise_scale(grads, b):
    k, mean = len(grads), grads.mean(0)
    tr_sigma = b * (grads - mean).square().sum() / (k - 1)
    return (tr_sigma / (mean.square().sum() - tr_sigma / (k * b))).item()
