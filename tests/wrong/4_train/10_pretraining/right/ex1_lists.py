def kept():
    return list(THINGS), ['weights']
