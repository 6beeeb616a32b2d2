def to_halves(W, K):
    heads = W.view(-1, 2, K // 2, W.shape[1])
    return heads.transpose(1, 2).reshape(W.shape)
