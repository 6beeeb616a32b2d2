def route(scores, n):
    probs = scores.softmax(-1)
    chosen = probs.multinomial(n)
    weight = probs.gather(-1, chosen)
    return weight / weight.sum(-1, keepdim=True), chosen
