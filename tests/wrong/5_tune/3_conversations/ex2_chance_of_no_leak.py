def leak_and_safe():
    return 0.2**2, 0.2**3
