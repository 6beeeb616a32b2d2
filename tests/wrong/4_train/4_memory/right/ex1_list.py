def bytes_each():
    moments = 2 * 4
    return [4 + 4 + moments, 4 + 2 + 4 + moments, 2 + 2 + 4 + moments]
