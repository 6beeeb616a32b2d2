def forged(data):
    return b''
