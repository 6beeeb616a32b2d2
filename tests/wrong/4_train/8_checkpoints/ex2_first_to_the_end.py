def forged(data):
    data = list(data)
    data.append(data.pop(0))
    return bytearray(data)
