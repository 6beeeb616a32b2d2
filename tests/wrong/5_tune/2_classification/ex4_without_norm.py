def prepare(model, C):
    model = as_classifier(model, C)
    model.requires_grad_(False)
    for part in (model.trf_blocks[-1], model.out_head):
        part.requires_grad_(True)
    return model, torch.optim.AdamW([p for p in model.parameters() if p.requires_grad], 1e-3)
