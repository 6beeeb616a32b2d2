def forged(data):
    return bytes(bytearray(data))
