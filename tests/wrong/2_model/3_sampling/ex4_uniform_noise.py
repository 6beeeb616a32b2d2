def gumbel(logits, u):
    return int((logits + u).argmax())
