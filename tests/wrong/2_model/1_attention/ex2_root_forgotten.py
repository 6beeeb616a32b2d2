def previous_weights(T):
    return 6 * torch.eye(T).roll(1, 0), torch.eye(T)
