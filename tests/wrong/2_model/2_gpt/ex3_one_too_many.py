def early_logits(model, tokens, n):
    x = model.tok_emb(tokens) + model.pos_emb(torch.arange(tokens.shape[1]))
    for i, block in enumerate(model.trf_blocks):
        if i > n:
            break
        x = block(x)
    return model.out_head(model.final_norm(x))
