def hours(N, D, gpus, peak, mfu):
    return 2 * N * D / (gpus * peak * mfu) / 3600
