def merge(a, b):
    if a[0] < b[0]:
        a, b = b, a
    shrink = math.exp(float(b[0] - a[0]))
    return [a[0].item(), a[1].item() + shrink * b[1].item(), [x + shrink * y for x, y in zip(a[2], b[2])]]
