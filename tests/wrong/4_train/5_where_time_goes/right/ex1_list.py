def network_flops():
    layers = [(500, 2000), (2000, 500)]
    forward = sum(2 * 1000 * i * o for i, o in layers)
    return [forward, 2 * forward]
