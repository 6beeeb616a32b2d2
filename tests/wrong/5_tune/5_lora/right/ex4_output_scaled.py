def dora(x, W, A, B, scale, m):
    length = (W + scale * B @ A).norm(dim=1)
    return (x @ W.T + scale * (x @ A.T) @ B.T) * m / length
