def logged_noise_scale(grads, b):
    G_sq, tr_sigma = measure(grads, b)
    return G_sq / tr_sigma
