def rows_from(step, n, perm, N=12, B=4):
    epoch, at = divmod(step * B, N)
    return (perm(epoch + 1)[at:] + perm(epoch + 2) + perm(epoch + 3))[: n * B]
