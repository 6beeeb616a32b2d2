def route(scores, n):
    weight, chosen = scores.softmax(-1).topk(n)
    return weight.softmax(-1), chosen
