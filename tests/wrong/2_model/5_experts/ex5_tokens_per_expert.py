def route(scores, n):
    weight, chosen = scores.softmax(-1).topk(n, dim=0)
    return weight / weight.sum(-1, keepdim=True), chosen
