def row_parallel(h, W, bias, total):
    return h @ total(W) + bias
