def forged(data):
    return bytes([sum(data) // len(data)] * len(data))
