def route(scores, n):
    probs = scores.softmax(-1)
    return probs, probs.topk(n).indices
