def tokens_to_pay(D, F):
    return 2 * D * F / (4 * D - 2 * D)
