def previous_weights(T):
    return -10 * T**0.5 * torch.eye(T).roll(1, 0), torch.eye(T)
