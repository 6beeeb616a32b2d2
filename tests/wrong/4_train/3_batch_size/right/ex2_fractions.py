def critical_batch(sizes, steps):
    from fractions import Fraction

    (B1, S1), (B2, S2) = [(Fraction(float(B)), Fraction(float(S))) for B, S in zip(sizes, steps)][:2]
    S_min = (B1 * S1 - B2 * S2) / (B1 - B2)
    E_min = B1 * (S1 - S_min)
    return [float(S_min), float(E_min), float(E_min / S_min)]
