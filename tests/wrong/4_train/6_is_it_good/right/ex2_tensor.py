def proves_leak(losses, floors):
    e = (losses - floors).double()
    return e.mean() + 3 * e.std() / len(e) ** 0.5 < 0
