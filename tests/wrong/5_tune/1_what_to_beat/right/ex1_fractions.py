def rare():
    prior = Fraction(1, 50)
    precision = prior * Fraction(9, 10) / (prior * Fraction(9, 10) + (1 - prior) * Fraction(1, 20))
    return precision, prior * Fraction(9, 10) + (1 - prior) * Fraction(19, 20), 1 - prior
