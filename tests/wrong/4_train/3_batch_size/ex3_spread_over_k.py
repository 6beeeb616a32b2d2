def logged_noise_scale(grads, b):
    k, mean = len(grads), grads.mean(0)
    squares = b * (grads - mean).square().sum()
    G_sq = mean.square().sum() - squares / (k - 1) / (k * b)
    return squares / k / G_sq
