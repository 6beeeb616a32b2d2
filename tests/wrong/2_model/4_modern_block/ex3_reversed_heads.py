def to_halves(W, K):
    heads = W.view(-1, K // 2, 2, W.shape[1]).flip(0)
    return heads.transpose(1, 2).flip(2).reshape(W.shape)
