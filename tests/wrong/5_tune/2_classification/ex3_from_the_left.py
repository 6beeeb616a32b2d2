def mean_hidden(x, real):
    return torch.stack([row[:n].mean(0) for row, n in zip(x, real.sum(1).tolist())])
