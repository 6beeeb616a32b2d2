def drop_masks(tensors):
    for name in list(tensors):
        if name.split('.')[-2:] in (['attn', 'bias'], ['attn', 'masked_bias']):
            del tensors[name]
    return tensors
