def previous_weights(T):
    return 10 * T**0.5 * torch.ones(T, T).tril(-1), torch.eye(T)
