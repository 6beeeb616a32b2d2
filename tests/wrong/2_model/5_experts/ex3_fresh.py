def upcycle(ff, cfg):
    return MixtureOfExperts(cfg)
