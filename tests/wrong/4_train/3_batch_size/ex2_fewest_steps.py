def critical_batch(sizes, steps):
    S_min, E_min = min(steps), min(B * S for B, S in zip(sizes, steps))
    return S_min, E_min, E_min / S_min
