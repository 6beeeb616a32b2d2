def tensor_of(data, name):
    header, start = read_header(data)
    a, b = header[name]['data_offsets']
    raw = data[start + a : start + b]
    return from_bf16(raw) if header[name]['dtype'] == 'BF16' else np.frombuffer(raw, '<f4')
