def next_step(steps, old, new):
    whole, rest = divmod(steps * old, new)
    return whole + (rest > 0)
