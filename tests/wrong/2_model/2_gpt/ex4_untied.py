def grow_context(model, length):
    new = GPTModel(replace(model.cfg, context_length=length, tie_embeddings=False))
    weights = model.state_dict()
    table = new.pos_emb.weight.detach().clone()
    table[: model.cfg.context_length] = weights['pos_emb.weight']
    new.load_state_dict({**weights, 'pos_emb.weight': table})
    return new
