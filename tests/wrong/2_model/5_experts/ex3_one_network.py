def upcycle(ff, cfg):
    moe = MixtureOfExperts(cfg)
    moe.experts = nn.ModuleList([ff] * cfg.n_experts)
    return moe
