def network_flops():
    return (12 * 1000 * 500 * 2000,)
