def leak_and_safe():
    return 1 - 0.2**3, 0.2**3
