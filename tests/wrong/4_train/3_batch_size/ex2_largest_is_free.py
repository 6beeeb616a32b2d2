def critical_batch(sizes, steps):
    i = sizes.index(max(sizes))
    S_min = steps[i]
    E_min = min(B * S for B, S in zip(sizes, steps))
    return S_min, E_min, E_min / S_min
