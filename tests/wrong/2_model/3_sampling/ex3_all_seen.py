def banned(tokens, n):
    return set(tokens)
