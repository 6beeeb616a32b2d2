def tokens_to_pay(D, F):
    return D
