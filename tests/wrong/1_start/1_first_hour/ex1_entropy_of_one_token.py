def first_loss(V):
    p = 1 / V
    return -p * math.log(p)
