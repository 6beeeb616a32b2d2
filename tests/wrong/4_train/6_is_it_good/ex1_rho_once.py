def paired_error(s_a, s_b, rho, N):
    return ((s_a**2 + s_b**2 - rho * s_a * s_b) / N) ** 0.5
