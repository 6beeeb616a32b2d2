def mean_hidden(x, real):
    return x[real].mean(0).expand(len(x), -1)
