def allowed_pairs():
    return 3
