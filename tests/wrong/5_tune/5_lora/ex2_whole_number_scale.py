def adapted(x, W, A, B, alpha, dropout, training):
    thin = F.dropout(x, dropout, training) @ A.T
    return x @ W.T + alpha // len(A) * thin @ B.T
