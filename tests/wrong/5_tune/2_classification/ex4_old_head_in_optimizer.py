def prepare(model, C):
    params = unfreeze(model, 'last block')
    model = as_classifier(model, C)
    return model, torch.optim.AdamW([*params, *model.out_head.parameters()], 1e-3)
