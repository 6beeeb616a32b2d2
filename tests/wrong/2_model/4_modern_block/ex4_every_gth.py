def pool_heads(W, K, G):
    return W.view(-1, G, K, W.shape[1]).mean(0).reshape(G * K, -1)
