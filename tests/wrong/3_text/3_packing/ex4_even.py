def next_step(steps, old, new):
    return 2 * -(-steps * old // (2 * new))
