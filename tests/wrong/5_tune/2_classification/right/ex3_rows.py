def mean_hidden(x, real):
    return torch.stack([row[is_real].mean(0) for row, is_real in zip(x, real)])
