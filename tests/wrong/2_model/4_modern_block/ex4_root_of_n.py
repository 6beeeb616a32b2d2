def pool_heads(W, K, G):
    n = W.shape[0] // K // G
    return W.view(G, n, K, -1).sum(1).reshape(G * K, -1) / n**0.5
