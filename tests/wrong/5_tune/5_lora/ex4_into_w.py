def dora(x, W, A, B, scale, m):
    W += scale * B @ A
    return x @ (W / W.norm(dim=1, keepdim=True) * m[:, None]).T
