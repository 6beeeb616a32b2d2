def route(scores, n):
    probs, order = scores.softmax(-1).sort(-1)
    weight, chosen = probs[:, -n:], order[:, -n:]
    return weight / weight.sum(-1, keepdim=True), chosen
