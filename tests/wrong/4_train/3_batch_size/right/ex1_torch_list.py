def noise_by_pencil():
    b, B, small, big = torch.tensor([4.0, 16.0, 12.0, 6.0], dtype=torch.float64)
    signal = (B * big - b * small) / (B - b)
    spread = (small - big) / (1 / b - 1 / B)
    return [signal, spread, spread / signal]
