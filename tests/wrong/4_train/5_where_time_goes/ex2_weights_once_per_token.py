def tokens_needed(i, o, size, ridge):
    return 1 if 2 * i * o >= ridge * size * (i + i * o + o) else None
