def adapted(x, W, A, B, alpha, dropout, training):
    if training:
        keep = (torch.rand_like(x) > dropout).float()
    else:
        keep = torch.ones_like(x)
    return x @ W.T + alpha / len(A) * (keep * x) @ A.T @ B.T
