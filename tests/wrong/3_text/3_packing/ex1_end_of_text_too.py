def allowed_pairs():
    return 5 * 6 // 2 + 3 * 4 // 2 + 4 * 5 // 2 + 1
