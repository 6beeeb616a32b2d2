def count_experts(cfg):
    D, M, E = cfg.emb_dim, cfg.expert_dim, cfg.n_experts
    router, expert = E * D + E, 3 * D * M + 2 * M + D
    return router + E * expert, router + cfg.n_active * expert
