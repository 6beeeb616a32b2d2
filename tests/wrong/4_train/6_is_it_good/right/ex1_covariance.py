def paired_error(s_a, s_b, rho, N):
    covariance = rho * s_a * s_b
    variance = s_a * s_a - covariance + s_b * s_b - covariance
    return math.sqrt(max(variance, 0.0)) / math.sqrt(N)
