def best_size(flops):
    return 1e6 * flops / 120e12
