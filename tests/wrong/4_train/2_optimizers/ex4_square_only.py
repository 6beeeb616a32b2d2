def muon_names(model):
    return [name for name, p in model.named_parameters() if p.ndim == 2 and p.shape[0] == p.shape[1]]
