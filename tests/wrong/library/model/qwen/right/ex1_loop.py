def reach(T, w, n_sliding, n_layers):
    back = 0
    for layer in range(n_layers):
        back += w - 1 if layer < n_sliding else T
    return min(back, T - 1)
