def tokens_to_pay(D, F):
    return float('nan')
