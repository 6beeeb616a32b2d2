def reach(T, w, n_sliding, n_layers):
    return min(T - 1, n_sliding * (w - 1))
