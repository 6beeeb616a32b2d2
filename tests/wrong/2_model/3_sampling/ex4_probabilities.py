def gumbel(logits, u):
    return int((logits.softmax(0) - (-u.log()).log()).argmax())
