def loss_among(V, k):
    total = 0.0
    for i in range(V):
        total += math.exp(0.0 if i < k else -math.inf)
    return -math.log(1.0 / total)
