def first_loss(V):
    return math.log(1 / V)
