def upcycle(ff, cfg):
    moe = MixtureOfExperts(cfg)
    moe.experts[0].load_state_dict(ff.state_dict())
    return moe
