def forged(data):
    return data.upper()
