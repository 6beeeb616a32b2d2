def route(scores, n):
    best, chosen = scores.topk(n)
    return best.softmax(-1), chosen
