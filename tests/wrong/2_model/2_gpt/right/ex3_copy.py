def early_logits(model, tokens, n):
    from copy import deepcopy

    short = deepcopy(model)
    short.trf_blocks = short.trf_blocks[:n]
    with torch.no_grad():
        return short(tokens)
