def tokens_to_pay(D, F):
    return 2 * F
