def tokens_needed(i, o, size, ridge):
    N = torch.arange(1, 1_000_000, dtype=torch.float64)
    enough = 2 * N * i * o / (size * (N * (i + o) + i * o)) >= ridge
    return int(N[enough][0]) if enough.any() else None
