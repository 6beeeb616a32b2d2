def count_experts(cfg):
    expert = 3 * cfg.emb_dim * cfg.expert_dim
    return cfg.n_experts * expert, cfg.n_active * expert
