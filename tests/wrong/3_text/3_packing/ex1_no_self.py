def allowed_pairs():
    return 4 * 3 // 2 + 2 * 1 // 2 + 3 * 2 // 2
