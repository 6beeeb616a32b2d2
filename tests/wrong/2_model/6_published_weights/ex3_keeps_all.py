def drop_masks(tensors):
    return {name: t for name, t in tensors.items() if name not in ('attn.bias', 'attn.masked_bias')}
