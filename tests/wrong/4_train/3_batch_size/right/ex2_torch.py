def critical_batch(sizes, steps):
    B, S = torch.tensor(sizes).double(), torch.tensor(steps).double()
    rows = torch.stack([torch.ones_like(B), 1 / B], 1)
    S_min, E_min = torch.linalg.lstsq(rows, S[:, None]).solution[:, 0]
    return torch.stack([S_min, E_min, E_min / S_min])
