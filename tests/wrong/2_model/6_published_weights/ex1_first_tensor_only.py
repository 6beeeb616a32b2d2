def n_bytes(shapes, dtype):
    for shape in shapes.values():
        return int(np.prod(shape)) * {'F32': 4, 'F16': 2, 'BF16': 2}[dtype]
