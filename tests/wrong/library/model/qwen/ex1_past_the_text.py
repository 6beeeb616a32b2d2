def reach(T, w, n_sliding, n_layers):
    return T - 1 if n_sliding < n_layers else n_sliding * (w - 1)
