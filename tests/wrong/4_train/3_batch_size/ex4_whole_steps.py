def beta2_for(beta2, old, new):
    steps = round(math.log(0.5) / math.log(beta2) * old / new)
    return 0.5 ** (1 / max(steps, 1))
