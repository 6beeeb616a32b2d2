def leaks_and_safe_rows():
    return 3, 270
