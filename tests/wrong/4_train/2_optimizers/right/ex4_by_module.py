def muon_names(model):
    names = []
    for name, module in model.trf_blocks.named_modules(prefix='trf_blocks'):
        if isinstance(module, nn.Linear):
            names.append(name + '.weight')
    return names
