def loss_among(V, k):
    return -math.log10(1 / k)
