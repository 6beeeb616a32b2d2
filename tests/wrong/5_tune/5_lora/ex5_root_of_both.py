def scale_of(config):
    scale = config['lora_alpha'] / config['r']
    return scale**0.5 if config.get('use_rslora') else scale
