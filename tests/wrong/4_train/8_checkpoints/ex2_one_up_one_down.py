def forged(data):
    return bytes([data[0] + 1, *data[1:-1], data[-1] - 1])
