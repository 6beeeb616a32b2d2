def log_sum_exp(mine, total, largest):
    return total(mine.logsumexp(1))
