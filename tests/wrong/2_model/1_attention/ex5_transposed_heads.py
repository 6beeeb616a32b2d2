def split_heads(x, H):
    B, T, D = x.shape
    return x.view(B, T, D // H, H).permute(0, 3, 1, 2)
