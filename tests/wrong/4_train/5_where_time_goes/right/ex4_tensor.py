def update_bytes(n, weight, grad, state):
    return n * (torch.tensor([weight, grad, state]) * torch.tensor([2, 1, 4])).sum()
