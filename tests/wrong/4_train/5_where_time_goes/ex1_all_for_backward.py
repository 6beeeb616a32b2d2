def network_flops():
    return 4 * 1000 * 500 * 2000, 12 * 1000 * 500 * 2000
