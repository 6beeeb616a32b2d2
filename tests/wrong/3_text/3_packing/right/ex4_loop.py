def next_step(steps, old, new):
    step = 0
    while step * new < steps * old:
        step += 1
    return step
