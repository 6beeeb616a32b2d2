def route(scores, n):
    weight, chosen = scores.softmax(-1).topk(n)
    return weight / weight.sum(0, keepdim=True), chosen
