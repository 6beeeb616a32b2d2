def drop_masks(tensors):
    return {name: t for name, t in tensors.items() if '.attn.' not in name or name.endswith('weight')}
