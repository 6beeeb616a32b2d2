def forged(data):
    return data[::-1]
