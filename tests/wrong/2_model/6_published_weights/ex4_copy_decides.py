def fill(model, tensors):
    wanted = dict(model.named_parameters())
    if odd := wanted.keys() ^ tensors.keys():
        raise ValueError(f'missing or unknown: {", ".join(odd)}')
    for name, p in wanted.items():
        p.data.copy_(tensors[name])
