def state_gb():
    return 64, 40, 16
