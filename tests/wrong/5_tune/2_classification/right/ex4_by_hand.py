def prepare(model, C):
    model = with_new_head(model, C)
    model.requires_grad_(False)
    params = [*model.trf_blocks[-1].parameters(), *model.final_norm.parameters(), *model.out_head.parameters()]
    for p in params:
        p.requires_grad = True
    return model, torch.optim.AdamW(params, lr=1e-3)
