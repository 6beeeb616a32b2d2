def best_fit(lengths, T):
    return [sorted(range(len(lengths)), key=lambda i: -lengths[i])]
