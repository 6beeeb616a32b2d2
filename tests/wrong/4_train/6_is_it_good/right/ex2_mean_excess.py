def proves_leak(losses, floors):
    e = mean_excess(losses, floors.tolist())
    return e['excess'] < -3 * e['error']
