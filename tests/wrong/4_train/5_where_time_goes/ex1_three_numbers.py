def network_flops():
    return 4 * 10**9, 8 * 10**9, 12 * 10**9
