def scale_of(config):
    r = config['r']
    return config['lora_alpha'] / (r**0.5 if 'use_rslora' in config else r)
