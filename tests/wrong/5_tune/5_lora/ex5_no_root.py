def scale_of(config):
    return config['lora_alpha'] / config['r']
