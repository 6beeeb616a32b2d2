def next_step(steps, old, new):
    return steps + 1
