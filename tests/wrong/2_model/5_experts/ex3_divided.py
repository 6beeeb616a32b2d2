def upcycle(ff, cfg):
    moe = MixtureOfExperts(cfg)
    for expert in moe.experts:
        expert.load_state_dict(ff.state_dict())
        expert.down.weight.data /= cfg.n_active
    return moe
