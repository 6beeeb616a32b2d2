def gumbel(logits, u):
    return int((logits - (-u[0].log()).log()).argmax())
