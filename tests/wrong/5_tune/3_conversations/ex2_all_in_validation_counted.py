def leaks_and_safe_rows():
    return 1000 * (1 - 0.9**3), 3
