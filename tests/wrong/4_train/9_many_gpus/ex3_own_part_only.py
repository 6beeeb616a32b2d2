def log_sum_exp(mine, total, largest):
    return mine.logsumexp(1)
