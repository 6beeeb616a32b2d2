def best_size(flops):
    return flops / (6 * 20)
