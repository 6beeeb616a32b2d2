def route(scores, n):
    weight, chosen = scores.softmax(-1).topk(n)
    return weight / weight.sum(), chosen
