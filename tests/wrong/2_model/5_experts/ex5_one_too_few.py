def route(scores, n):
    weight, chosen = scores.softmax(-1).topk(n - 1)
    return weight / weight.sum(-1, keepdim=True), chosen
