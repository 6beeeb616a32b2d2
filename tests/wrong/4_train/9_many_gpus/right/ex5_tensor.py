def state_gb():
    return torch.tensor([16.0, 10.0, 4.0])
