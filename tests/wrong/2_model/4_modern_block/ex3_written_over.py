def to_halves(W, K):
    heads = W.view(-1, K, W.shape[1])
    for head in heads:
        for i in range(K // 2):
            head[i] = head[2 * i]
            head[i + K // 2] = head[2 * i + 1]
    return W
