def split_heads(x, H):
    return torch.stack(x.chunk(H, dim=-1), dim=1)
