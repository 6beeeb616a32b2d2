def tokens_to_pay(D, F):
    return 4 * D * F
