def paired_error(s_a, s_b, rho, N):
    c = torch.tensor([[s_a**2, rho * s_a * s_b], [rho * s_a * s_b, s_b**2]], dtype=torch.float64)
    d = torch.tensor([1.0, -1.0], dtype=torch.float64)
    return ((d @ c @ d) / N).clamp(min=0).sqrt()
