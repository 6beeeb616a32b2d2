def diagnose(losses, least):
    above = torch.tensor([float(x) for x in losses], dtype=torch.float64) - least
    if not torch.isfinite(above).all():
        return 'broken'
    if (above < -0.01).any():
        return 'leak'
    return 'learned' if above[-1] <= 0.05 else 'broken'
