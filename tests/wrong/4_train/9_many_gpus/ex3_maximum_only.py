def log_sum_exp(mine, total, largest):
    return largest(mine.amax(1))
