def critical_batch(sizes, steps):
    S_min = (sizes[1] * steps[1] - sizes[0] * steps[0]) / (sizes[1] - sizes[0])
    E_min = sizes[0] * (steps[0] - S_min)
    return E_min, S_min, E_min / S_min
