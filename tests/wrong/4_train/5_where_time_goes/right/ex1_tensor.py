def network_flops():
    return torch.tensor([2.0, 4.0]) * 2 * 1000 * 500 * 2000
