def early_logits(model, tokens, n):
    model.trf_blocks = model.trf_blocks[:n]
    return model(tokens)
