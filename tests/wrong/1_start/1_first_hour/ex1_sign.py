def loss_among(V, k):
    return math.log(1 / k)
