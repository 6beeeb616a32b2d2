def reach(T, w, n_sliding, n_layers):
    return T - 1 if n_sliding < n_layers else min(T - 1, w - 1)
