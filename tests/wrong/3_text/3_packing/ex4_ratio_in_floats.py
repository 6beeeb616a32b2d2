def next_step(steps, old, new):
    return math.ceil(steps * (old / new))
