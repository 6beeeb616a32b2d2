def scale_of(config):
    power = 0.5 if config.get('use_rslora') else 1
    return config['lora_alpha'] * config['r'] ** -power
