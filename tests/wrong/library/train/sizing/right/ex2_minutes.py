def hours(N, D, gpus, peak, mfu):
    minutes = 6 * N * D / (gpus * peak * mfu) / 60
    return torch.tensor(minutes / 60, dtype=torch.float64)
