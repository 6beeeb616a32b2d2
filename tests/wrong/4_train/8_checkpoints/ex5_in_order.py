def rows_from(step, n, perm, N=12, B=4):
    return [row % N for row in range(step * B, (step + n) * B)]
