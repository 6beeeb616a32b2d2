def dora(x, W, A, B, scale, m):
    return F.linear(x, m.unsqueeze(1) * F.normalize(W + scale * (B @ A), dim=1))
