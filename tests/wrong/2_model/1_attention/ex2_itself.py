def previous_weights(T):
    return 10 * T**0.5 * torch.eye(T), torch.eye(T)
