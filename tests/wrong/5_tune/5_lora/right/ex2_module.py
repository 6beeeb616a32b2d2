def adapted(x, W, A, B, alpha, dropout, training):
    drop = nn.Dropout(dropout).train(training)
    return F.linear(x, W) + alpha / A.shape[0] * F.linear(F.linear(drop(x), A), B)
