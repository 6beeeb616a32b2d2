def kept():
    return set(THINGS)
