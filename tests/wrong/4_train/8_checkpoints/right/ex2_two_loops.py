def forged(data):
    for i, up in enumerate(data):
        for j, down in enumerate(data):
            if i != j and up < 255 and down > 0:
                out = list(data)
                out[i], out[j] = up + 1, down - 1
                return bytes(out)
    return data
