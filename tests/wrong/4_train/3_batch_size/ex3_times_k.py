def logged_noise_scale(grads, b):
    k = len(grads)
    G_sq, tr_sigma = measure(grads, b)
    return k * tr_sigma / G_sq
