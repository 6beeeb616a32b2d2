def muon_names(model):
    return [
        name
        for name, p in model.named_parameters()
        if p.ndim == 2 and 'emb' not in name and 'head' not in name
    ]
