def network_flops():
    return 2 * 2 * 1000 * 500 * 2000, 2 * 2 * 1000 * 500 * 2000
