def to_halves(W, K):
    out = torch.empty_like(W)
    for start in range(0, len(W), K):
        for i in range(K // 2):
            out[start + i] = W[start + 2 * i]
            out[start + K // 2 + i] = W[start + 2 * i + 1]
    return out
