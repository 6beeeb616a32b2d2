def early_logits(model, tokens, n):
    x = model.tok_emb(tokens)
    for block in model.trf_blocks[:n]:
        x = block(x)
    return model.out_head(model.final_norm(x))
