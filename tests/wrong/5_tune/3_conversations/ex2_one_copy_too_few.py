def leaks_and_safe_rows():
    return 270, 3000 * 0.1**2
