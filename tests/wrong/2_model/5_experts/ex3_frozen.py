import copy


def upcycle(ff, cfg):
    moe = MixtureOfExperts(cfg)
    for e in range(cfg.n_experts):
        moe.experts[e] = copy.deepcopy(ff).requires_grad_(False)
    return moe
