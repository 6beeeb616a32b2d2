def fill(model, tensors):
    wanted = dict(model.named_parameters())
    if wanted.keys() != tensors.keys() or any(tensors[n].shape != p.shape for n, p in wanted.items()):
        raise ValueError('the tensors do not fit')
    for name, p in wanted.items():
        p.data.copy_(tensors[name])
