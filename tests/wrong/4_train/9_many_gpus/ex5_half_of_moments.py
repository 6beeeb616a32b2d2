def state_gb():
    return 16, 12, 4
