def count_experts(cfg):
    router, expert = cfg.n_experts * cfg.emb_dim, 3 * cfg.emb_dim * cfg.expert_dim
    return cfg.n_experts * expert, router + cfg.n_active * expert
