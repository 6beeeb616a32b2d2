def drop_masks(tensors):
    masks = ('h.0.attn.bias', 'h.0.attn.masked_bias')
    return {name: t for name, t in tensors.items() if not name.endswith(masks)}
