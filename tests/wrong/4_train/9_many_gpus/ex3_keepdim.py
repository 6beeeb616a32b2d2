def log_sum_exp(mine, total, largest):
    top = largest(mine.amax(1, keepdim=True))
    return total((mine - top).exp().sum(1, keepdim=True)).log() + top
