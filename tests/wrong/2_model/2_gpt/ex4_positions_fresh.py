def grow_context(model, length):
    new = GPTModel(replace(model.cfg, context_length=length))
    weights = model.state_dict()
    del weights['pos_emb.weight']
    new.load_state_dict(weights, strict=False)
    return new
