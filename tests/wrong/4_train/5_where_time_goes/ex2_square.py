def tokens_needed(i, o, size, ridge):
    return 6 * ridge
