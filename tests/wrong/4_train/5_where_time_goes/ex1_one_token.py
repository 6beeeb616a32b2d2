def network_flops():
    return 4 * 500 * 2000, 8 * 500 * 2000
