def without_weights(probs, weights):
    probs /= weights
    probs /= probs.sum(1, keepdim=True)
    return probs
