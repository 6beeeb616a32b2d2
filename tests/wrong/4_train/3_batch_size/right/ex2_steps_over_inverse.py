def critical_batch(sizes, steps):
    x = [1 / B for B in sizes]
    E_min = (steps[-1] - steps[0]) / (x[-1] - x[0])
    S_min = steps[0] - E_min * x[0]
    return [S_min, E_min, E_min / S_min]
