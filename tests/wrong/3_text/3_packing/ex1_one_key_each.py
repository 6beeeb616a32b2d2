def allowed_pairs():
    return 10
