def forged(data):
    return data.decode()[::-1]
