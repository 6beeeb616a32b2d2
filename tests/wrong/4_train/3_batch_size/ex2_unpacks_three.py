def critical_batch(sizes, steps):
    a, b, c = sizes
    S_min = (b * steps[1] - a * steps[0]) / (b - a)
    E_min = a * (steps[0] - S_min)
    return S_min, E_min, E_min / S_min
