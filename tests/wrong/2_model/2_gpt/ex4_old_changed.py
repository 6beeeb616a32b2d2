def grow_context(model, length):
    fresh = torch.randn(length - model.cfg.context_length, model.cfg.emb_dim) * 0.02
    model.pos_emb = nn.Embedding.from_pretrained(torch.cat([model.pos_emb.weight.data, fresh]))
    model.cfg = replace(model.cfg, context_length=length)
    return model
