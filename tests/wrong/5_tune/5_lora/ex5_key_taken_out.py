def scale_of(config):
    root = config.pop('use_rslora', False)
    return config['lora_alpha'] / (config['r'] ** 0.5 if root else config['r'])
