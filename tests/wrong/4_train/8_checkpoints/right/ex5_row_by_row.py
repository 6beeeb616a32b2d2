def rows_from(step, n, perm, N=12, B=4):
    return [perm(i // N)[i % N] for i in range(step * B, (step + n) * B)]
