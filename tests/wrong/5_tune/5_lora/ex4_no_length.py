def dora(x, W, A, B, scale, m):
    return m * (x @ (W + scale * B @ A).T)
