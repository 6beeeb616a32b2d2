def rows_from(step, n, perm, N=12, B=4):
    for s in range(step, step + n):
        for i in range(s * B, s * B + B):
            yield perm(i // N)[i % N]
