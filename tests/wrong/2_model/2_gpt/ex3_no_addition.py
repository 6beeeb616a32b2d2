def early_logits(model, tokens, n):
    x = model.tok_emb(tokens) + model.pos_emb(torch.arange(tokens.shape[1]))
    for block in model.trf_blocks[:n]:
        x = block.att(block.norm1(x))
        x = block.ff(block.norm2(x))
    return model.out_head(model.final_norm(x))
