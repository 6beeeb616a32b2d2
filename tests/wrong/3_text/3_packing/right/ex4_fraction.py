def next_step(steps, old, new):
    from fractions import Fraction

    return math.ceil(Fraction(steps * old, new))
