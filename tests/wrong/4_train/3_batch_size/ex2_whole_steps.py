def critical_batch(sizes, steps):
    E_min = (steps[0] - steps[-1]) / (1 / sizes[0] - 1 / sizes[-1])
    S_min = round(steps[0] - E_min / sizes[0])
    return S_min, E_min, E_min / S_min
