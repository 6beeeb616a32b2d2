def paired_error(s_a, s_b, rho, N):
    return (abs(s_a**2 + s_b**2 - 2 * rho) / N) ** 0.5
