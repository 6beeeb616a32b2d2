def without_weights(probs, weights):
    return (probs / weights).softmax(1)
