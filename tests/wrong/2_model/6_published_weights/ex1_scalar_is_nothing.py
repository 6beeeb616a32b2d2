def n_bytes(shapes, dtype):
    total = 0
    for shape in shapes.values():
        n = 0
        for i, size in enumerate(shape):
            n = size if i == 0 else n * size
        total += n
    return total * (4 if dtype == 'F32' else 2)
