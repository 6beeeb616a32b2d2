def count_experts(cfg):
    router, expert = cfg.n_experts * cfg.emb_dim, 3 * cfg.emb_dim * cfg.expert_dim
    everything = router + cfg.n_experts * expert
    return everything, everything * cfg.n_active / cfg.n_experts
