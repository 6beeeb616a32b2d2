def loss_and_weight():
    return 6 * 2.0 + 30 * 0.5, 5
