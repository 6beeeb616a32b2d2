def log_sum_exp(mine, total, largest):
    top = mine.amax(1)
    return total((mine - top[:, None]).exp().sum(1)).log() + top
