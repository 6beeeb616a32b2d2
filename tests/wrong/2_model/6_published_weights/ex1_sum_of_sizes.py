def n_bytes(shapes, dtype):
    return sum(sum(shape) for shape in shapes.values()) * (4 if dtype == 'F32' else 2)
