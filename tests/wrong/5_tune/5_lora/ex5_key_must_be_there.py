def scale_of(config):
    r = config['r']
    return config['lora_alpha'] / (r**0.5 if config['use_rslora'] else r)
