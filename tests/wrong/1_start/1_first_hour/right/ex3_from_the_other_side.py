def weights():
    # not one: 1 - s below 1, s - 1 above it
    W1 = torch.stack([-torch.ones(3), torch.ones(3), torch.ones(3)], 1)
    return W1, torch.tensor([1.0, -1.0, -2.0]), torch.tensor([[-1.0], [-1.0], [1.0]]), torch.tensor(1.0)
