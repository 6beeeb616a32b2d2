def weights():
    b1, W2 = torch.tensor([0.0, -1.0, -2.0]), torch.tensor([[-1.0], [2.0], [-1.0]])
    return torch.ones(3, 3), b1, W2, torch.ones(1)
