def tensor_of(data, name):
    n = int.from_bytes(data[:8], 'little')
    entry = json.loads(data[8 : 8 + n])[name]
    first, last = entry['data_offsets']
    size = 2 if entry['dtype'] == 'BF16' else 4
    numbers = []
    for at in range(8 + n + first, 8 + n + last, size):
        four = bytes(4 - size) + data[at : at + size]
        numbers += struct.unpack('<f', four)
    return np.array(numbers, 'f4').reshape(entry['shape'])
