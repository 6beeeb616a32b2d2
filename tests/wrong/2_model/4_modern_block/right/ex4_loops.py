def pool_heads(W, K, G):
    heads = W.split(K)
    n = len(heads) // G
    return torch.cat([sum(heads[g * n : g * n + n]) / n for g in range(G)])
