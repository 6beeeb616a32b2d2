def tensor_of(data, name):
    header, start = read_header(data)
    a, b = header[name]['data_offsets']
    kind = '<f2' if header[name]['dtype'] == 'BF16' else '<f4'
    return np.frombuffer(data[start + a : start + b], kind).astype('f4').reshape(header[name]['shape'])
