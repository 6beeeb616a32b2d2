def first_loss(V):
    total = 0.0
    for _ in range(V):
        total += 1.0
    return -math.log(1.0 / total)
