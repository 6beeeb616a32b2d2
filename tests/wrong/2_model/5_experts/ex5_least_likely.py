def route(scores, n):
    weight, chosen = scores.softmax(-1).topk(n, largest=False)
    return weight / weight.sum(-1, keepdim=True), chosen
