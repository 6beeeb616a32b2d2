def prepare(model, C):
    model = with_new_head(model, C)
    model.requires_grad_(False)
    parts = model.trf_blocks[-1], model.final_norm, model.out_head
    params = [p for part in parts for p in part.parameters()]
    for p in params:
        p.requires_grad = True
    return model, torch.optim.AdamW(params, lr=1e-3)
