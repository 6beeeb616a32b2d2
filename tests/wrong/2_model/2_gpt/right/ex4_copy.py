def grow_context(model, length):
    from copy import deepcopy

    new = deepcopy(model)
    new.cfg = replace(model.cfg, context_length=length)
    rows = [*model.pos_emb.weight.data, *torch.zeros(length - model.cfg.context_length, model.cfg.emb_dim)]
    new.pos_emb = nn.Embedding.from_pretrained(torch.stack(rows), freeze=False)
    return new
