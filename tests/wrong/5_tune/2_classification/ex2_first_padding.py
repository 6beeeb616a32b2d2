def last_real(real):
    return real.int().argmin(1) - 1
