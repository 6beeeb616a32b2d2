def adapted(x, W, A, B, alpha, dropout, training):
    thin = F.dropout(x, dropout, training) @ A.T
    return x @ W.T + alpha / A.shape[1] * thin @ B.T
