def move_back(i, a, b, distances):
    return move(i, a, b, distances)
