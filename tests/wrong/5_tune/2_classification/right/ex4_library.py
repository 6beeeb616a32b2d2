def prepare(model, C):
    model = freeze_layers(as_classifier(model, C), 'last_block')
    return model, torch.optim.AdamW([p for p in model.parameters() if p.requires_grad], 1e-3)
