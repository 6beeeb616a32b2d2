def fill(model, tensors):
    wanted = dict(model.named_parameters())
    if odd := wanted.keys() ^ tensors.keys():
        raise ValueError(f'missing or unknown: {", ".join(odd)}')
    if odd := [name for name, p in wanted.items() if tensors[name].shape != p.shape]:
        raise ValueError(f'of another shape: {", ".join(odd)}')
    for name, p in wanted.items():
        p = tensors[name]
