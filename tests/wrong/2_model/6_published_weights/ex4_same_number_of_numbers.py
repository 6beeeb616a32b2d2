def fill(model, tensors):
    wanted = dict(model.named_parameters())
    if odd := wanted.keys() ^ tensors.keys():
        raise ValueError(f'missing or unknown: {", ".join(odd)}')
    if odd := [name for name, p in wanted.items() if tensors[name].numel() != p.numel()]:
        raise ValueError(f'of another shape: {", ".join(odd)}')
    for name, p in wanted.items():
        p.data.copy_(tensors[name].reshape(p.shape))
