def move_back(i, a, b, distances):
    left, right = divmod(i, a)
    return (left - distances[right % b]) % b * a + right
