def kept():
    return set(THINGS), {'weights', 'moments of the optimizer'}
