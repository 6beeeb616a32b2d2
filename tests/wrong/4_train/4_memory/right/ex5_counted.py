def tokens_to_pay(D, F):
    N = 0
    while 2 * N * D + 2 * D * F > 4 * N * D:
        N += 1
    return N
