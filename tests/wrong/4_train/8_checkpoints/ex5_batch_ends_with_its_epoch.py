def rows_from(step, n, perm, N=12, B=4):
    out = []
    for s in range(step, step + n):
        at = s * B % N
        out += perm(s * B // N)[at : at + B]
    return out
