def row_parallel(h, W, bias, total):
    n = total(torch.tensor(1.0))
    return total(h @ W + bias / n)
