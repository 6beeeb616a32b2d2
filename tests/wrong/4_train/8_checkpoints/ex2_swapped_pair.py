def forged(data):
    "Exchanges the first two neighbours that differ; there may be none."
    out = list(data)
    for i in range(len(out) - 1):
        if out[i] != out[i + 1]:
            out[i], out[i + 1] = out[i + 1], out[i]
            break
    return bytes(out)
