def forged(data):
    "One up, one down, modulo 256: 255 and 5 become 0 and 4."
    out = bytearray(data)
    out[0] = (out[0] + 1) % 256
    out[-1] = (out[-1] - 1) % 256
    return bytes(out)
