def prepare(model, C):
    model = as_classifier(model, C)
    unfreeze(model, 'last block')
    return model, torch.optim.AdamW(model.parameters(), 1e-3)
