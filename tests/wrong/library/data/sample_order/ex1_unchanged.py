def move_back(i, a, b, distances):
    return i
