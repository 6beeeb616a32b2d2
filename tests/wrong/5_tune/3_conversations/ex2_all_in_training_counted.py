def leaks_and_safe_rows():
    return 1000 * (1 - 0.1**3), 3
