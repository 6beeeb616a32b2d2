def pool_heads(W, K, G):
    return W.view(-1, G, K, W.shape[1]).mean(1).reshape(-1, W.shape[1])
