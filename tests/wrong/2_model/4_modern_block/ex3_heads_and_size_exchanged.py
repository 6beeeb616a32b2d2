def to_halves(W, K):
    H = W.shape[0] // K
    return W.view(K, -1, W.shape[1]).transpose(0, 1).reshape(W.shape) if H else W
