def leak_and_safe():
    return 0.96, 0.04
