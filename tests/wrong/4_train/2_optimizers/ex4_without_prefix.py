def muon_names(model):
    return [name for name, p in model.trf_blocks.named_parameters() if p.ndim == 2]
