def leak_and_safe():
    return 0.96, 3 * 0.2
