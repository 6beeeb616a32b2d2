def rows_from(step, n, perm, N=12, B=4):
    epoch, at = divmod((step + 1) * B, N)
    return (perm(epoch)[at:] + perm(epoch + 1) + perm(epoch + 2))[: n * B]
