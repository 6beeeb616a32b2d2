def gumbel(logits, u):
    return int(logits.argmax())
