def without_weights(probs, weights):
    return (probs.log() - weights.log()).softmax(1)
