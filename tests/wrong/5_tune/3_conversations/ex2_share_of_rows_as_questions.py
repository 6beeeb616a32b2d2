def leaks_and_safe_rows():
    return 1000 * 0.99, 3
