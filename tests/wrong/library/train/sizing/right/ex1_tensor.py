def best_size(flops):
    return torch.tensor(flops / 120, dtype=torch.float64).sqrt()
