def kept():
    return {'weights'}, set(THINGS)
