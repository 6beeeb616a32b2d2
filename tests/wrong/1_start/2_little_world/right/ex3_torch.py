def compare(a, b):
    gaps = torch.tensor(a, dtype=torch.float64) - torch.tensor(b, dtype=torch.float64)
    return torch.stack([gaps.mean(), gaps.std() / len(gaps) ** 0.5])
