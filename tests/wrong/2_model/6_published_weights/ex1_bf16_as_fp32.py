def n_bytes(shapes, dtype):
    size = 4 if '32' in dtype or dtype.startswith('B') else 2
    return sum(int(np.prod(shape)) for shape in shapes.values()) * size
