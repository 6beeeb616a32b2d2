def mean_hidden(x, real):
    x[~real] = 0
    return x.sum(1) / real.sum(1, keepdim=True)
