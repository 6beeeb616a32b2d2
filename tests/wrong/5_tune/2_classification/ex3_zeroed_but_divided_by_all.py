def mean_hidden(x, real):
    return (x * real[:, :, None]).mean(1)
