def weights():
    W1 = torch.tensor([[1.0, 1.0, 0.0], [1.0, 0.0, 1.0], [0.0, 1.0, 1.0]])
    return W1, -torch.ones(3), -torch.ones(3, 1), torch.ones(1)
