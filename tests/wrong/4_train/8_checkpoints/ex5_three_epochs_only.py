def rows_from(step, n, perm, N=12, B=4):
    epoch = step * B // N
    return (perm(epoch)[step * B % N :] + perm(epoch + 1) + perm(epoch + 2))[: n * B]
