def logged_noise_scale(grads, b):
    tr_sigma = b * grads.var(dim=0, unbiased=True).sum()
    return tr_sigma / (torch.linalg.vector_norm(grads.mean(0)) ** 2 - tr_sigma / grads.shape[0] / b)
