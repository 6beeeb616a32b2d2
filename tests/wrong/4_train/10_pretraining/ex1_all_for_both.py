def kept():
    return set(THINGS), set(THINGS)
