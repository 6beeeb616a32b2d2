def rows_from(step, n, perm, N=12, B=4):
    at, epoch = divmod(step * B, N)
    return (perm(epoch)[at:] + perm(epoch + 1) + perm(epoch + 2))[: n * B]
