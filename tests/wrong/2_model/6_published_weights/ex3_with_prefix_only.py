def drop_masks(tensors):
    masks = [f'transformer.h.{i}.attn.{b}' for i in range(99) for b in ('bias', 'masked_bias')]
    return {name: t for name, t in tensors.items() if name not in masks}
