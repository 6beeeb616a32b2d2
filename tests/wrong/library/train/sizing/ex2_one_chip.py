def hours(N, D, gpus, peak, mfu):
    return 6 * N * D / (8 * peak * mfu) / 3600
