def route(scores, n):
    return scores.softmax(-1).topk(n)
