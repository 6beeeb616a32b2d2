def state_gb():
    return 16, 7, 4
