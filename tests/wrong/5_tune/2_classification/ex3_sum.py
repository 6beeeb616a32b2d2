def mean_hidden(x, real):
    return (x * real[:, :, None]).sum(1)
