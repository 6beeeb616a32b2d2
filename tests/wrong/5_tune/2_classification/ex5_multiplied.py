def without_weights(probs, weights):
    return F.normalize(probs * weights, p=1, dim=1)
