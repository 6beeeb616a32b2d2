def prepare(model, C):
    model = as_classifier(model, C)
    release(model, 'last block')
    return model, torch.optim.AdamW(model.parameters(), 1e-3)
