def move_back(i, a, b, distances):
    return next(j for j in range(a * b) if move(j, a, b, distances) == i)
