def pool_heads(W, K, G):
    return W.numpy().reshape(G, -1, K, W.shape[1]).mean(1).reshape(G * K, -1)
