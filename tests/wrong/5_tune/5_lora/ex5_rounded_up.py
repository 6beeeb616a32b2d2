def scale_of(config):
    return max(1, config['lora_alpha'] // config['r'])
