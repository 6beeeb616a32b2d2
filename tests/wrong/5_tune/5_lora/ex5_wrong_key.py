def scale_of(config):
    r = config['r']
    return config.get('alpha', 16) / (r**0.5 if config.get('use_rslora') else r)
