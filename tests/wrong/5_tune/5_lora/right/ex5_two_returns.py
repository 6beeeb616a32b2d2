def scale_of(config):
    if config.get('use_rslora', False):
        return config['lora_alpha'] / config['r'] ** 0.5
    return config['lora_alpha'] / config['r']
