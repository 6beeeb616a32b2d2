def row_parallel(h, W, bias, total):
    return total(h @ W + bias) / total(torch.tensor(1.0))
