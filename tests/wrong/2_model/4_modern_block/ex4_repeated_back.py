def pool_heads(W, K, G):
    n = W.shape[0] // K // G
    means = W.view(G, n, K, -1).mean(1, keepdim=True)
    return means.expand(G, n, K, W.shape[1]).reshape(W.shape)
