def cache_bytes(cfg, B, T, n):
    keys = torch.empty(cfg.n_layers, B, cfg.n_kv_groups, T, cfg.head_dim)
    return sum(part.numel() for part in (keys, keys)) * n
