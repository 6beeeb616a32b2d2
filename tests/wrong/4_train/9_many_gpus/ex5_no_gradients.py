def state_gb():
    return 12, 6, 3
