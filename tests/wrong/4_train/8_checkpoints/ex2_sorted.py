def forged(data):
    return bytes(sorted(data))
