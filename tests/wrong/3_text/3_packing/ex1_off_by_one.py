def allowed_pairs():
    return 21
