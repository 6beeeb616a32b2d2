def adapted(x, W, A, B, alpha, dropout, training):
    thin = F.dropout(x @ A.T, dropout, training)
    return x @ W.T + alpha / len(A) * thin @ B.T
