def early_logits(model, tokens, n):
    x = model.tok_emb(tokens) + model.pos_emb(torch.arange(tokens.shape[1]))
    for block in model.trf_blocks[:n]:
        x = block(x)
    return model.out_head(x)
