def move_back(i, a, b, distances):
    left, right = divmod(i, b)
    return (left - distances[right]) % b * b + right
