def allowed_pairs():
    return 100
