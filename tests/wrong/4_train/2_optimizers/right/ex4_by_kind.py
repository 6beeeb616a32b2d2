def muon_names(model):
    return [
        name for name, kind in parameter_kinds(model).items() if kind not in ('embedding', 'vector', 'head')
    ]
