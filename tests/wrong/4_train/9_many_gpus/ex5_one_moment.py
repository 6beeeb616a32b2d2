def state_gb():
    return 12, 9, 3
