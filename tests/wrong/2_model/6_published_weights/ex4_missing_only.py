def fill(model, tensors):
    for name, p in model.named_parameters():
        if name not in tensors:
            raise ValueError(f'{name} is missing')
        if tensors[name].shape == p.shape:
            p.data.copy_(tensors[name])
