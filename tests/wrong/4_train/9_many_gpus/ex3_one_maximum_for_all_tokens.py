# one maximum for all rows
def log_sum_exp(mine, total, largest):
    peak = largest(mine.max())
    return peak + total((mine - peak).exp().sum(1)).log()
