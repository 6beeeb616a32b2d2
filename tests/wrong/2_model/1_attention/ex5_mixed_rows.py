def split_heads(x, H):
    B, T, D = x.shape
    return x.view(B, T, H, D // H).permute(2, 0, 1, 3).reshape(B, H, T, D // H)
