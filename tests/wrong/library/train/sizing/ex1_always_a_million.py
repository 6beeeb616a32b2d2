def best_size(flops):
    return 1e6
