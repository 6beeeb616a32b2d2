def gumbel(logits, u):
    return (-u.log() / logits.exp()).argmin()
