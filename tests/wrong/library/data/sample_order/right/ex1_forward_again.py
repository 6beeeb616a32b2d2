def move_back(i, a, b, distances):
    for _ in range(a - 1):
        i = move(i, a, b, distances)
    return i
