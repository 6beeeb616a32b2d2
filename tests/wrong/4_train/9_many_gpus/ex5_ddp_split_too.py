def state_gb():
    return 4, 2.5, 1
