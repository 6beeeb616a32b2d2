def forged(data):
    out = bytearray(data)
    j = next((j for j in range(1, len(out)) if out[j] != out[0]), 0)
    if j:
        out[0], out[j] = out[j], out[0]
    else:
        out[0] += 1
        out[-1] -= 1
    return out
