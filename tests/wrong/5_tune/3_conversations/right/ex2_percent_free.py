def leak_and_safe():
    v, k = 0.2, 3
    return dict(leak=1 - v ** (k - 1), safe=v**k).values()
