def muon_names(model):
    return [name for name, p in model.named_parameters() if p.ndim == 2 and 'out_head' not in name]
