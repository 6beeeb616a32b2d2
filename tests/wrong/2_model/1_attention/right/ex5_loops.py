def split_heads(x, H):
    B, T, D = x.shape
    K = D // H
    out = x.new_empty(B, H, T, K)
    for h in range(H):
        out[:, h] = x[:, :, h * K : (h + 1) * K]
    return out
