def previous_weights(T):
    return torch.eye(T).roll(1, 0), torch.eye(T)
