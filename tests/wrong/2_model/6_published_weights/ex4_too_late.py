def fill(model, tensors):
    for name, p in model.named_parameters():
        if name not in tensors:
            raise ValueError(f'{name} is missing')
        if tensors[name].shape != p.shape:
            raise ValueError(f'{name} has another shape')
        p.data.copy_(tensors[name])
    for name in tensors:
        if name not in dict(model.named_parameters()):
            raise ValueError(f'{name} is unknown')
