def previous_weights(T):
    return torch.eye(T), 10 * T**0.5 * torch.eye(T).roll(1, 0)
