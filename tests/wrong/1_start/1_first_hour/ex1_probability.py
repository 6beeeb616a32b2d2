def first_loss(V):
    return 1 / V
