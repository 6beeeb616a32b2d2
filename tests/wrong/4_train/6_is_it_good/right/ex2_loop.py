def proves_leak(losses, floors):
    d = [x - y for x, y in zip(losses.double().tolist(), floors.double().tolist())]
    mean = sum(d) / len(d)
    variance = sum((x - mean) ** 2 for x in d) / (len(d) - 1)
    return mean < -3 * (variance / len(d)) ** 0.5
