def paired_error(s_a, s_b, rho, N):
    return abs(s_a - s_b) / N**0.5
