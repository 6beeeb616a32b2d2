def grow_context(model, length):
    new = GPTModel(replace(model.cfg, context_length=length))
    new.pos_emb.weight.data[: model.cfg.context_length] = model.pos_emb.weight.data
    return new
