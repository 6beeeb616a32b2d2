def logged_noise_scale(grads, b):
    g = grads.double().numpy()
    k = len(g)
    small, big = (g**2).sum(1).mean(), (g.mean(0) ** 2).sum()
    tr_sigma = (small - big) / (1 / b - 1 / (b * k))
    return tr_sigma / (small - tr_sigma / b)
