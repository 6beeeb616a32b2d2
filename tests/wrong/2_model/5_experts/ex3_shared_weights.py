def upcycle(ff, cfg):
    moe = MixtureOfExperts(cfg)
    for expert in moe.experts:
        for name in ('gate', 'up', 'down'):
            getattr(expert, name).weight = getattr(ff, name).weight
    return moe
