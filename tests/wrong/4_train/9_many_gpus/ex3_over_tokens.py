def log_sum_exp(mine, total, largest):
    top = largest(mine.amax(0))
    return total((mine - top).exp().sum(0)).log() + top
