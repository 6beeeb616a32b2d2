# adds the logs of the ranks instead of taking the log of the sum
def log_sum_exp(mine, total, largest):
    peak = largest(mine.max(1).values)
    return peak + total((mine - peak[:, None]).exp().sum(1).log())
