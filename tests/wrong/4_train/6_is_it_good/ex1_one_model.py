def paired_error(s_a, s_b, rho, N):
    return (2 * s_a**2 * (1 - rho) / N) ** 0.5
