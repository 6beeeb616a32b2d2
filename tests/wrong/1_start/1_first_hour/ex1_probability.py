def loss_among(V, k):
    return 1 / k
