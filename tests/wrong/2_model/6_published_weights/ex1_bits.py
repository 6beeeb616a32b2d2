def n_bytes(shapes, dtype):
    bits = {'F32': 32, 'F16': 16, 'BF16': 16}
    return sum(int(np.prod(shape)) for shape in shapes.values()) * bits[dtype]
