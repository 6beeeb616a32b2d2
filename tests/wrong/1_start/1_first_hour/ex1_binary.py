def loss_among(V, k):
    return -math.log(1 - 1 / k)
