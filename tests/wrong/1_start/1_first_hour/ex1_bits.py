def first_loss(V):
    return math.log2(V)
