# subtracts the largest absolute value
def log_sum_exp(mine, total, largest):
    peak = largest(mine.abs().max(1).values)
    return peak + total((mine - peak[:, None]).exp().sum(1)).log()
