def upcycle(ff, cfg):
    moe = MixtureOfExperts(cfg)
    nn.init.zeros_(moe.router.weight)
    for expert in moe.experts:
        expert.load_state_dict(ff.state_dict())
    return moe
