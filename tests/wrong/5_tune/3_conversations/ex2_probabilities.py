def leaks_and_safe_rows():
    return 0.27, 0.001
