def window_positions(tokens, eot):
    return (torch.tensor(tokens) == eot).cumsum(0).tolist()
