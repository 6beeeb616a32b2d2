def first_loss(V):
    return -math.log10(1 / V)
