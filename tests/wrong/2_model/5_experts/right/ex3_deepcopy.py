def upcycle(ff, cfg):
    from copy import deepcopy

    moe = MixtureOfExperts(cfg)
    moe.experts = nn.ModuleList(deepcopy(ff) for _ in range(cfg.n_experts))
    return moe
