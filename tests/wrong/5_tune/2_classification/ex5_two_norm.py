def without_weights(probs, weights):
    return F.normalize(probs / weights, dim=1)
