def n_bytes(shapes, dtype):
    total = 0
    for name in shapes:
        n = 1
        for size in shapes[name]:
            n = n * size
        total = total + n
    if dtype == 'F32':
        return 4 * total
    return 2 * total
