def prepare(model, C):
    optimizer = torch.optim.AdamW(model.parameters(), 1e-3)
    model = as_classifier(model, C)
    release(model, 'last block')
    return model, optimizer
