def log_sum_exp(mine, total, largest):
    return total(mine.exp().sum(1)).log()
