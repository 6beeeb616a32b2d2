def hours(N, D, gpus, peak, mfu):
    return 6 * N * D / (gpus * peak * mfu)
