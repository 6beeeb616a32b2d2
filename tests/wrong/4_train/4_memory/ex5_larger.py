def tokens_to_pay(D, F):
    return max(D, F)
