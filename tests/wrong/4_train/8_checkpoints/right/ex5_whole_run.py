def rows_from(step, n, perm, N=12, B=4):
    run = [row for epoch in range((step + n) * B // N + 1) for row in perm(epoch)]
    return run[step * B : (step + n) * B]
