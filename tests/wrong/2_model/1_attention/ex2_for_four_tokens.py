def previous_weights(T):
    return 40 * torch.eye(4).roll(1, 0), torch.eye(4)
