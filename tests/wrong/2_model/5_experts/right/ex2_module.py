def count_experts(cfg):
    layer = MixtureOfExperts(cfg)
    idle = sum(n_params(e) for e in layer.experts[cfg.n_active :])
    return [n_params(layer), n_params(layer) - idle]
