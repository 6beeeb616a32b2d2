def gumbel(logits, u):
    return int((logits - (-u.log()).log()).argmin())
