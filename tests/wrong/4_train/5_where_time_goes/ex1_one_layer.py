def network_flops():
    return 2 * 1000 * 500 * 2000, 4 * 1000 * 500 * 2000
