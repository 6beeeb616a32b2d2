def row_parallel(h, W, bias, total):
    return bias + total(torch.nn.functional.linear(h, W.T))
