def forged(data):
    return data[:-1] + bytes([data[-1] ^ 1])
