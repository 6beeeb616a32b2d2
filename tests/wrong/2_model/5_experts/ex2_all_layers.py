def count_experts(cfg):
    router, expert = cfg.n_experts * cfg.emb_dim, 3 * cfg.emb_dim * cfg.expert_dim
    L = cfg.n_layers
    return L * (router + cfg.n_experts * expert), L * (router + cfg.n_active * expert)
