def loss_among(V, k):
    p = 1 / k
    return -p * math.log(p)
