def route(scores, n):
    weight, chosen = scores.softmax(-1).topk(n)
    return chosen, weight / weight.sum(-1, keepdim=True)
