def rows_from(step, n, perm, N=12, B=4):
    epoch = step * B // N
    out = perm(epoch)
    del out[: step * B % N]
    while len(out) < n * B:
        epoch += 1
        out += perm(epoch)
    return out[: n * B]
