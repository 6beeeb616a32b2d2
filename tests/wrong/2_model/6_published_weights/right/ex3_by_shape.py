def drop_masks(tensors):
    return {name: t for name, t in tensors.items() if t.dim() < 4 and 'masked_bias' not in name}
