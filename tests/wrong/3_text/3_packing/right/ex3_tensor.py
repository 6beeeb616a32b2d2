def window_positions(tokens, eot):
    at = torch.arange(len(tokens))
    begins = torch.tensor([i == 0 or token == eot for i, token in enumerate(tokens)])
    return at - torch.where(begins, at, 0).cummax(0).values
