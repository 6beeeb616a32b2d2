def loss_among(V, k):
    return math.log(V - k)
