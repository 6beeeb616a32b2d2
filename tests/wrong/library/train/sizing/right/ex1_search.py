def best_size(flops):
    low, high = 0.0, flops
    for _ in range(200):
        N = (low + high) / 2
        low, high = (N, high) if 6 * N * 20 * N < flops else (low, N)
    return low
