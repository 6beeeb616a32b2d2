def prepare(model, C):
    optimizer = torch.optim.AdamW(model.parameters(), 1e-3)
    model = as_classifier(model, C)
    unfreeze(model, 'last block')
    return model, optimizer
