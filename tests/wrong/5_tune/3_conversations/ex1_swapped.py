def loss_and_weight():
    return 5, 0.75
