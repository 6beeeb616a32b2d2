def next_step(steps, old, new):
    return round(steps * old / new)
