def allowed_pairs():
    return 10 + 3 + 6
