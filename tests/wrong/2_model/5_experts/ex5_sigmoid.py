def route(scores, n):
    weight, chosen = scores.sigmoid().topk(n)
    return weight / weight.sum(-1, keepdim=True), chosen
