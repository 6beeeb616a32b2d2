def muon_names(model):
    return [name for name, p in model.named_parameters() if name.startswith('trf_blocks')]
