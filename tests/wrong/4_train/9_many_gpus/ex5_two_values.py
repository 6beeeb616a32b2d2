def state_gb():
    return 16, 4
