def pool_heads(W, K, G):
    return W.view(G, -1, K, W.shape[1]).sum(1).reshape(G * K, -1)
