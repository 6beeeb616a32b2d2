def state_gb():
    return 16e9, 10e9, 4e9
