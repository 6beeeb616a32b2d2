def logged_noise_scale(grads, b):
    return measure(grads, b)
