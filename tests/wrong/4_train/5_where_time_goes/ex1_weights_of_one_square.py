def network_flops():
    return 2 * 2 * 1000 * 500 * 500, 4 * 2 * 1000 * 500 * 500
