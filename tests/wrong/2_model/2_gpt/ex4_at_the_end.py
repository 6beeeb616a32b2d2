def grow_context(model, length):
    new, weights = GPTModel(replace(model.cfg, context_length=length)), model.state_dict()
    fresh = new.pos_emb.weight.detach()[model.cfg.context_length :]
    new.load_state_dict({**weights, 'pos_emb.weight': torch.cat([fresh, weights['pos_emb.weight']])})
    return new
