def best_size(flops):
    return (flops / (2 * 20)) ** 0.5
