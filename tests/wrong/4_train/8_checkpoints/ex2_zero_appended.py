def forged(data):
    return data + b'\0'
