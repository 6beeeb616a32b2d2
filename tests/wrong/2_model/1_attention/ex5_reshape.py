def split_heads(x, H):
    B, T, D = x.shape
    return x.transpose(1, 2).reshape(B, H, T, D // H)
