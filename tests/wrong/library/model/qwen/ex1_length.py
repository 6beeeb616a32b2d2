def reach(T, w, n_sliding, n_layers):
    return T if n_sliding < n_layers else min(T, n_sliding * (w - 1))
