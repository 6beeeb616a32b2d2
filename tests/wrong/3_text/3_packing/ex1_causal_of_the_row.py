def allowed_pairs():
    return 10 * 11 // 2
