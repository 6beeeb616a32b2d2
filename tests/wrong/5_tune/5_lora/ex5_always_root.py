def scale_of(config):
    return config['lora_alpha'] / config['r'] ** 0.5
