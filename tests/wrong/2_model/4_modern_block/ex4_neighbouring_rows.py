def pool_heads(W, K, G):
    return W.view(G * K, -1, W.shape[1]).mean(1)
