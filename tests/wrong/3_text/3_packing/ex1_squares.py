def allowed_pairs():
    return 4**2 + 2**2 + 3**2 + 1
