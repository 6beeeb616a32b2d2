def route(scores, n):
    weight, chosen = scores.softmax(0).topk(n)
    return weight / weight.sum(-1, keepdim=True), chosen
