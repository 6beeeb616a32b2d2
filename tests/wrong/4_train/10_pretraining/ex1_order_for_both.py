def kept():
    return set(THINGS), {'weights', 'order of samples'}
