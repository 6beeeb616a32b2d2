def network_flops():
    return 8 * 1000 * 500 * 2000, 4 * 1000 * 500 * 2000
