def best_fit(lengths, T):
    return [[i] for i in range(len(lengths)) if lengths[i] <= T]
