def gumbel(logits, u):
    scores = [z - math.log(-math.log(x)) for z, x in zip(logits.tolist(), u.tolist())]
    return scores.index(max(scores))
