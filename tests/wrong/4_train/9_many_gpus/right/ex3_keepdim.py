def log_sum_exp(mine, total, largest):
    top = largest(mine.max(dim=1, keepdim=True).values)
    sums = total((mine - top).exp().sum(dim=1, keepdim=True))
    return (sums.log() + top)[:, 0]
