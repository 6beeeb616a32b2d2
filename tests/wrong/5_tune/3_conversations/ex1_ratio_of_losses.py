def loss_and_weight():
    return 27 / 36, 2.0 / 0.5
