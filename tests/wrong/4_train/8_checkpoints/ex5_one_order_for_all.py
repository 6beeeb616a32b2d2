def rows_from(step, n, perm, N=12, B=4):
    epoch, at = divmod(step * B, N)
    return (perm(epoch)[at:] + perm(epoch) + perm(epoch))[: n * B]
