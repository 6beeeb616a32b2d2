def logged_noise_scale(grads, b):
    k, products = len(grads), grads.double() @ grads.double().T
    own = products.diagonal().sum()
    G_sq = (products.sum() - own) / (k * (k - 1))
    return b * (own / k - G_sq) / G_sq
