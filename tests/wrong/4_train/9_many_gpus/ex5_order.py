def state_gb():
    return 4, 10, 16
