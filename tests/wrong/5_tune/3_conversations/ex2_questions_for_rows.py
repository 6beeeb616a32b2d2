def leaks_and_safe_rows():
    return 270, 1000 * 0.1**3
