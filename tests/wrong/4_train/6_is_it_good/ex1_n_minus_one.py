def paired_error(s_a, s_b, rho, N):
    return ((s_a**2 + s_b**2 - 2 * rho * s_a * s_b) / (N - 1)) ** 0.5
