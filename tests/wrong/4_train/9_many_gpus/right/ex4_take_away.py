def row_parallel(h, W, bias, total):
    n = total(1.0)
    return total(h @ W + bias) - (n - 1) * bias
