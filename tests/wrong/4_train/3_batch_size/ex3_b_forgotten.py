def logged_noise_scale(grads, b):
    G_sq, tr_sigma = measure(grads, 1)
    return tr_sigma / G_sq
