def muon_names(model):
    return [name for name, kind in parameter_kinds(model).items() if kind in ('qkv', 'matrix', 'head')]
