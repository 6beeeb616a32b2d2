def drop_masks(tensors):
    return {name: t for name, t in tensors.items() if not name.endswith('.bias')}
