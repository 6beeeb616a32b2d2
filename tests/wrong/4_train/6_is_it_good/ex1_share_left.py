def paired_error(s_a, s_b, rho, N):
    return (1 - rho) * ((s_a**2 + s_b**2) / N) ** 0.5
