def state_gb():
    return 16, 16, 16
